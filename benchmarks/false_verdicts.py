"""How often does a study get a wrong verdict, how often the right one, and how many rounds later?

    python benchmarks/false_verdicts.py [--studies 10000] [--seed 0] [--out FILE]

Three measurements on made-up studies (`made_errors.py`, `made_studies.py`), of which the truth is
known:

- nulls: every claim lies on its own boundary, so that any verdict is wrong. The share of studies
  with any verdict, for the t-test after a fixed number of rounds, and for the always-valid test
  looked at after every round up to 50. Beside it the same with half of the claims plainly true,
  where a wrong verdict is one on the other half, or against the truth.
- power: how often one true difference among 13 claims is found.
- saving: trials that rounds until decided take, beside fixed rounds.

Prints tables in Markdown, in percent; with --out, writes them to a file as well.
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
from made_errors import LAWS, TRAINING_SD, Array
from made_studies import (
    ALPHA,
    always_valid_looks,
    check,
    holm,
    made,
    null_tests,
    p_values,
    t_sides,
)

from bakeoff.analysis.statistics.sequential import fewest_looks

ROUNDS = (3, 5, 10, 15, 20)
LOOKS = 50
CLAIMS = (4, 6, 13)
KINDS = ("single", "mixed")
DIFFERENCES = (0.0, 0.0025, 0.005, 0.01, 0.02, 0.04)
SPREAD = 100 * math.sqrt(2) * TRAINING_SD
"""The standard deviation of a paired difference under the normal law, in points."""

Row = dict[str, Any]


def null_rows(
    law: str, kind: str, claims: int, studies: int, rng: np.random.Generator
) -> list[Row]:
    """Return the share of studies with any verdict, where all are wrong: a row for each rule."""
    tests = null_tests(kind, claims, LAWS[law].mean)
    rows = []
    for rounds in (*ROUNDS, LOOKS):
        looks = rounds == LOOKS
        errors = made(LAWS[law], tests, studies, rounds, rng)
        ps = p_values(tests, errors, always_valid=looks)
        check(tests, errors, ps, always_valid=looks)
        wrong = (holm(ps) <= ALPHA).any(axis=0)
        rule = "until decided" if looks else "fixed"
        rows.append(
            {"law": law, "kind": kind, "claims": claims, "rule": rule, "rounds": rounds}
            | share(wrong)
        )
    return rows


def half_true_rows(law: str, claims: int, studies: int, rng: np.random.Generator) -> list[Row]:
    """Return the same where every other claim is plainly true, so that Holm's method steps down."""
    tests = null_tests("single", claims, LAWS[law].mean)
    rows = []
    for rounds in (*ROUNDS, LOOKS):
        looks = rounds == LOOKS
        errors = made(LAWS[law], tests, studies, rounds, rng)
        for number in range(0, claims, 2):
            errors[f"b{number}"] = errors[f"b{number}"] + 0.1
        ps = p_values(tests, errors, always_valid=looks)
        check(tests, errors, ps, always_valid=looks)
        decided = holm(ps) <= ALPHA
        against = [
            (errors[f"b{n}"] - errors[f"a{n}"]).mean(axis=1) < 0 for n in range(0, claims, 2)
        ]
        wrong = decided[1::2].any(axis=0) | (decided[::2] & np.array(against)).any(axis=0)
        rule = "until decided" if looks else "fixed"
        rows.append(
            {"law": law, "kind": "half true", "claims": claims, "rule": rule, "rounds": rounds}
            | share(wrong)
        )
    return rows


def power_rows(studies: int, rng: np.random.Generator) -> list[Row]:
    """Return how often one true difference is found beside 12 claims on their boundary."""
    rows = []
    tests = null_tests("single", 13, LAWS["normal"].mean)
    for difference in DIFFERENCES[1:]:
        errors = made(LAWS["normal"], tests, studies, LOOKS, rng)
        errors["b0"] = errors["b0"] + difference
        for rounds in ROUNDS:
            seen = {name: values[:, :rounds] for name, values in errors.items()}
            found = holm(p_values(tests, seen, always_valid=False))[0] <= ALPHA
            rows.append(
                {"difference": difference, "rule": "fixed", "rounds": rounds} | share(found)
            )
        ps = looks_p(errors, len(tests))
        # The other claims are undecided, so that Holm's level stays the first.
        ever = len(tests) * ps[:, 0] <= ALPHA
        stop = np.where(ever.any(axis=1), ever.argmax(axis=1) + 1, LOOKS)
        rows.append(
            {"difference": difference, "rule": "until decided", "rounds": LOOKS}
            | share(ever.any(axis=1))
            | {"mean_rounds": float(stop.mean())}
        )
    return rows


def saving_rows(claims: int, studies: int, rng: np.random.Generator) -> list[Row]:
    """Return trials and claims decided, until decided and in fixed rounds.

    Each claim compares a variant with one baseline; the true differences are spread evenly over
    `DIFFERENCES`. As `bakeoff.run_until_decided` does it, a variant gets rounds while its claim is
    undecided, the baseline while any is.
    """
    true = np.resize(DIFFERENCES, claims)
    errors = LAWS["normal"].draw(rng, (studies, LOOKS, claims + 1))
    apart = np.moveaxis(errors[..., 1:] - errors[..., :1], -1, 1) + true[:, None]
    supporting, opposing = always_valid_looks(apart)
    ps = np.minimum(1.0, 2 * np.minimum(supporting, opposing))
    rounds, decided = grown(ps)
    leaning = np.take_along_axis(apart.cumsum(axis=-1), rounds[..., None] - 1, -1)[..., 0] > 0
    trials = rounds.sum(axis=1) + rounds.max(axis=1)
    rows = [_saved("until decided", LOOKS, claims, trials, decided, decided & wrong(true, leaning))]
    for fixed in (*ROUNDS[1:], LOOKS):
        sides = t_sides(apart[..., :fixed])
        found = holm(np.minimum(1.0, 2 * np.minimum(*sides)).T).T <= ALPHA
        up = apart[..., :fixed].mean(axis=-1) > 0
        trials = np.full(studies, fixed * (claims + 1))
        rows.append(_saved("fixed", fixed, claims, trials, found, found & wrong(true, up)))
    return rows


def grown(ps: Array) -> tuple[Array, Array]:
    """Return each claim's rounds when all is decided or the limit met, and which are decided.

    Args:
        ps: p-values after every round, shape (studies, claims, looks).
    """
    studies, claims, looks = ps.shape
    rounds = np.full((studies, claims), min(looks, fewest_looks(ALPHA / claims)))
    while True:
        now = np.take_along_axis(ps, rounds[..., None] - 1, -1)[..., 0]
        decided = holm(now.T).T <= ALPHA
        growing = ~decided & (rounds < looks)
        if not growing.any():
            return rounds, decided
        rounds = rounds + growing


def wrong(true: Array, leaning: Array) -> Array:
    """Return which verdicts would be wrong: any where nothing differs, and those against it."""
    return (true == 0) | ~leaning


def looks_p(errors: dict[str, Array], claims: int) -> Array:
    """Return two-sided always-valid p-values after every round, shape (studies, claims, looks)."""
    apart = np.stack([errors[f"b{n}"] - errors[f"a{n}"] for n in range(claims)], axis=1)
    return np.minimum(1.0, 2 * np.minimum(*always_valid_looks(apart)))


def share(happened: Array) -> Row:
    """Return how often something happened, with the half-width of its 95% interval."""
    half = 1.96 * math.sqrt(max(happened.mean() * (1 - happened.mean()), 0) / len(happened))
    return {"share": float(happened.mean()), "half": half, "studies": len(happened)}


def _saved(
    rule: str, rounds: int, claims: int, trials: Array, decided: Array, mistaken: Array
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
    nulls = [
        row
        for law in LAWS
        for kind in KINDS
        for claims in CLAIMS
        for row in null_rows(law, kind, claims, studies, rng)
    ]
    nulls += [row for n in CLAIMS for row in half_true_rows("counted", n, studies, rng)]
    return {
        "nulls": nulls,
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
    rules = [*(f"{n} rounds" for n in ROUNDS), "until decided"]
    lines = [_row("law", "claims", *rules), _row(*["---"] * (2 + len(rules)))]
    settings = dict.fromkeys((r["law"], r["kind"], r["claims"]) for r in found["nulls"])
    for law, kind, claims in settings:
        rows = [
            r for r in found["nulls"] if (r["law"], r["kind"], r["claims"]) == (law, kind, claims)
        ]
        lines.append(_row(law, f"{claims} {kind}", *(f"{100 * r['share']:.1f}" for r in rows)))
    lines += ["", _row("true difference", *rules, "mean rounds"), _row(*["---"] * 8)]
    for difference in dict.fromkeys(row["difference"] for row in found["power"]):
        rows = [row for row in found["power"] if row["difference"] == difference]
        name = f"{100 * difference:g} points ({100 * difference / SPREAD:.2f} sd)"
        cells = (f"{100 * row['share']:.0f}" for row in rows)
        lines.append(_row(name, *cells, f"{rows[-1]['mean_rounds']:.1f}"))
    lines += [
        "",
        _row("claims", "rule", "trials", "claims decided", "any wrong"),
        _row(*["---"] * 5),
    ]
    for row in found["saving"]:
        rule = row["rule"] if row["rule"] != "fixed" else f"{row['rounds']} rounds"
        shares = (f"{100 * row[name]:.1f}" for name in ("decided", "wrong"))
        lines.append(_row(str(row["claims"]), rule, f"{row['trials']:.0f}", *shares))
    return "\n".join(lines)


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
