PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: study test lint bench clean

study: $(INSTALLED)  ## Run the dong study whole and write its report
	$(BIN)/bakeoff run dong
	$(BIN)/bakeoff report dong

test: $(INSTALLED)  ## Run the tests
	$(BIN)/pytest

lint: $(INSTALLED)  ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED)  ## Measure against a plain sequential PyTorch loop
	$(BIN)/python benchmarks/versus_plain.py

clean:
	rm -rf .venv

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
