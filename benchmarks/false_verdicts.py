"""How often does a study get a wrong verdict, how often the right one, and how many rounds later?

    python benchmarks/false_verdicts.py [--studies 10000] [--seed 0] [--out FILE]

Measurements on made-up studies, of which the truth is known (`made_errors.py`, `made_studies.py`,
`made_linear.py`; p-values of all at once: `many_p_values.py`):

- nulls (`null_cells.py`): every claim lies on its own boundary, so that any verdict is wrong. The
  share of studies with any verdict, where rounds are fixed, looked at one by one, added, of folds
  or of one pool; where claims depend on each other, or a part of them is shown.
- power: how often one true difference among 13 claims is found.
- saving: trials that rounds until decided take, beside fixed rounds.

Prints tables in Markdown, in percent, and which cells miss their target; with --out, writes them to
a file as well.
"""

from __future__ import annotations

import argparse
import math
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from made_errors import LAWS, TRAINING_SD, Array, Mask, boundary
from made_studies import ALPHA, FIXED, LOOKS, made, null_tests, p_values
from many_p_values import always_valid_looks, holm, signed_rank_sides, two_sided
from null_cells import CLAIMS, MOST, TABLES, Row, null_rows
from numpy.typing import NDArray

from bakeoff.analysis.statistics.sequential import fewest_looks
from bakeoff.analysis.summary import FEWEST

ROUNDS = (6, 10, 12, 15, 20)
DIFFERENCES = (0.0, 0.0025, 0.005, 0.01, 0.02, 0.04)
SPREAD = 100 * math.sqrt(2) * TRAINING_SD
"""The standard deviation of a paired difference under the normal law, in points."""


def power_rows(studies: int, rng: np.random.Generator) -> list[Row]:
    """Return how often one true difference is found beside 12 claims on their boundary."""
    rows: list[Row] = []
    asked = [("normal", difference) for difference in DIFFERENCES[1:]] + [("some stuck", 0.04)]
    for law, difference in asked:
        tests = null_tests("single", 13, boundary(law))
        errors = made(law, tests, studies, MOST, rng)
        errors["b0"] = errors["b0"] + difference
        told = {"law": law, "difference": difference}
        for rounds in ROUNDS:
            seen = {name: values[:, :rounds] for name, values in errors.items()}
            found = holm(p_values(tests, seen, FIXED))[0] <= ALPHA
            rows.append(told | {"rounds": rounds, "share": float(found.mean())})
        # The other claims are undecided, so that Holm's level stays the first.
        ever = len(tests) * p_values(tests[:1], errors, LOOKS)[0] <= ALPHA
        stop = np.where(ever.any(axis=1), ever.argmax(axis=1) + 1, MOST)
        share = float(ever.any(axis=1).mean())
        rows.append(told | {"rounds": MOST, "share": share, "mean_rounds": float(stop.mean())})
    return rows


def saving_rows(claims: int, studies: int, rng: np.random.Generator) -> list[Row]:
    """Return trials and claims decided, until decided and in fixed rounds.

    Each claim compares a variant with one baseline; the true differences are spread evenly over
    `DIFFERENCES`. As `bakeoff.run_until_decided` does it, a variant gets rounds while its claim is
    undecided, the baseline while any is.
    """
    true = np.resize(DIFFERENCES, claims)
    errors = LAWS["normal"].draw(rng, (studies, MOST, claims + 1))
    apart = np.moveaxis(errors[..., 1:] - errors[..., :1], -1, 1) + true[:, None]
    sides = always_valid_looks(apart)
    rounds, decided = grown(two_sided(sides))
    one, other = (np.take_along_axis(p, rounds[..., None] - 1, -1)[..., 0] for p in sides)
    trials = rounds.sum(axis=1) + rounds.max(axis=1)
    mistaken = decided & wrong(true, one < other)
    rows = [_saved("until decided", MOST, claims, trials, decided, mistaken)]
    for fixed in (*ROUNDS, MOST):
        sides = signed_rank_sides(apart[..., :fixed])
        found = holm(two_sided(sides).T).T <= ALPHA
        trials = np.full(studies, fixed * (claims + 1))
        mistaken = found & wrong(true, sides[0] < sides[1])
        rows.append(_saved("fixed", fixed, claims, trials, found, mistaken))
    return rows


def grown(ps: Array) -> tuple[NDArray[np.int64], Mask]:
    """Return each claim's rounds when all is decided or the limit met, and which are decided.

    Args:
        ps: p-values after every round, shape (studies, claims, looks).
    """
    studies, claims, looks = ps.shape
    rounds = np.full((studies, claims), min(looks, max(FEWEST, fewest_looks(ALPHA / claims))))
    while True:
        now = np.take_along_axis(ps, rounds[..., None] - 1, -1)[..., 0]
        decided = holm(now.T).T <= ALPHA
        growing = ~decided & (rounds < looks)
        if not growing.any():
            return rounds, decided
        rounds = rounds + growing


def wrong(true: Array, leaning: Mask) -> Mask:
    """Return which verdicts would be wrong: any where nothing differs, and those against it."""
    found: Mask = (true == 0) | ~leaning
    return found


def _saved(
    rule: str, rounds: int, claims: int, trials: NDArray[np.int64], decided: Mask, mistaken: Mask
) -> Row:
    return {
        "rule": rule,
        "rounds": rounds,
        "claims": claims,
        "trials": float(trials.mean()),
        "decided": float(decided.mean()),
        "wrong": float(mistaken.any(axis=1).mean()),
        "studies": len(trials),
    }


def measured(studies: int, seed: int) -> dict[str, Any]:
    """Return all measurements, with how they were got."""
    rng = np.random.default_rng(seed)
    return {
        "nulls": null_rows(studies, rng),
        "power": power_rows(studies, rng),
        "saving": [row for n in CLAIMS for row in saving_rows(n, studies, rng)],
        "how": {
            "studies": studies,
            "seed": seed,
            "versions": {name: version(name) for name in ("bakeoff", "numpy", "scipy")},
            "python": platform.python_version(),
        },
    }


def tables(found: dict[str, Any]) -> str:
    """Return the measurements as tables in Markdown, in percent."""
    lines = []
    for table, title in TABLES.items():
        rows = [row for row in found["nulls"] if row["table"] == table]
        if rows:
            lines += [f"## {title}", "", *_null_table(rows), ""]
    lines += ["## Above the target", "", *missed(found["nulls"]), "", "## True differences", ""]
    lines += _headed("true difference", *(f"{n} rounds" for n in ROUNDS), "until decided", "mean")
    for law, difference in dict.fromkeys((r["law"], r["difference"]) for r in found["power"]):
        rows = [r for r in found["power"] if (r["law"], r["difference"]) == (law, difference)]
        apart = f" ({100 * difference / SPREAD:.2f} sd)" if law == "normal" else f", {law}"
        cells = (f"{100 * row['share']:.0f}" for row in rows)
        name = f"{100 * difference:g} points{apart}"
        lines.append(_row(name, *cells, f"{rows[-1]['mean_rounds']:.1f}"))
    lines += ["", "## Trials", ""]
    lines += _headed("claims", "rule", "trials", "claims decided", "any wrong")
    for row in found["saving"]:
        rule = row["rule"] if row["rule"] != "fixed" else f"{row['rounds']} rounds"
        shares = (f"{100 * row[name]:.1f}" for name in ("decided", "wrong"))
        lines.append(_row(str(row["claims"]), rule, f"{row['trials']:.0f}", *shares))
    return "\n".join(lines)


def missed(rows: list[Row]) -> list[str]:
    """Return a line for each cell above its target, with the simulation's 95% interval."""
    return [
        f"- {row['table']}, {row['name']}, {row['claims']} claims, {row['column']}: "
        f"{100 * row['share']:.1f} (+-{100 * row['half']:.1f}), target {100 * row['target']:g}"
        for row in rows
        if row["target"] is not None and row["share"] > row["target"]
    ] or ["None."]


def _null_table(rows: list[Row]) -> list[str]:
    columns = list(dict.fromkeys(row["column"] for row in rows))
    lines = _headed("", "claims", *columns)
    for name, claims in dict.fromkeys((row["name"], row["claims"]) for row in rows):
        own = {r["column"]: r for r in rows if (r["name"], r["claims"]) == (name, claims)}
        shares = (f"{100 * own[c]['share']:.1f}" if c in own else "" for c in columns)
        lines.append(_row(name, str(claims), *shares))
    return lines


def _headed(*cells: str) -> list[str]:
    return [_row(*cells), _row(*["---"] * len(cells))]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--studies", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    started = time.monotonic()
    found = measured(asked.studies, asked.seed)
    how = found["how"]
    versions = ", ".join(f"{name} {number}" for name, number in how["versions"].items())
    text = (
        f"{tables(found)}\n\n{asked.studies:,} studies a cell, seed {asked.seed}; {versions}, "
        f"Python {how['python']}; {time.monotonic() - started:.0f} s."
    )
    print(text)
    if asked.out is not None:
        asked.out.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
