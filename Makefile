PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

# Of these, rounds are added until claims are decided; the others run the rounds that they declare.
DECIDED := zhou dinh-herve dong benquet
FIXED := chen dong-code wishes wishes-digits champion
STUDIES ?= $(DECIDED) $(FIXED)
STORE ?= bakeoff.db

.PHONY: study test test-slow lint docs bench results results-only clean

study: $(INSTALLED)  ## Run the dong study whole and write its report
	$(BIN)/bakeoff run dong
	$(BIN)/bakeoff report dong

test: $(INSTALLED)  ## Run the tests
	$(BIN)/pytest --numprocesses 2

test-slow: $(INSTALLED)  ## Run the slow tests: faults, browsers, whole scripts
	$(BIN)/pytest --numprocesses 2 -m slow

lint: $(INSTALLED)  ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(INSTALLED)  ## Build the documentation as a site, docs/_build/index.html
	$(BIN)/sphinx-build --fail-on-warning --quiet docs docs/_build

bench: $(INSTALLED)  ## Measure against a plain sequential PyTorch loop
	$(BIN)/python benchmarks/versus_plain.py

results: $(INSTALLED)  ## Run all built-in studies whole (hours), and write results/ and RESULTS.md
	$(BIN)/bakeoff run $(DECIDED) --until-decided --max-rounds 60 --store $(STORE)
	$(BIN)/bakeoff run $(FIXED) --store $(STORE)
	$(MAKE) results-only

results-only: $(INSTALLED)  ## Write results/ and RESULTS.md from what is stored
	mkdir -p results
	for study in $(STUDIES); do \
	  $(BIN)/bakeoff report $$study --store $(STORE) --format summary -o results/$$study.json || exit; \
	done
	$(BIN)/python tools/results.py

clean:
	rm -rf .venv

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
