"""The leads of a variant over another, round by round."""

from math import inf

import drawn
import pytest

from bakeoff.claims.head_to_head import head_to_head
from bakeoff.reporting.charts import leads as module
from bakeoff.reporting.section import Figure
from bakeoff.reporting.sections.pair import rounds_table
from made_duel import DIVERGED, duel, trial, truth


def leads(*pairs: tuple[float | None, float | None]) -> Figure:
    one, other = (
        [DIVERGED if error is None else trial(error) for error in side]
        for side in zip(*pairs, strict=True)
    )
    found = head_to_head(duel(one, other), "one", "other", truth)
    figure = module.leads(found, rounds_table(found))
    assert figure is not None
    return figure


def test_each_round_has_a_point_on_the_side_of_the_better() -> None:
    figure = leads((0.1, 0.3), (0.4, 0.3), (0.2, 0.2))

    points = [r for r in drawn.data(figure) if "variant" in r and r["row"] != "typical"]
    found = {r["row"]: (r["at"], r["variant"]) for r in points}
    assert {row: side for row, (_, side) in found.items()} == {
        "1": module.A,
        "2": module.B,
        "3": module.LEVEL,
    }
    assert [lead for lead, _ in found.values()] == pytest.approx([20, -10, 0])


def test_the_typical_lead_stands_below_with_its_interval() -> None:
    figure = leads(*((0.1, 0.11 + n / 100) for n in range(8)))

    typical = next(r for r in drawn.data(figure) if r.get("variant") == "typical")
    assert typical["from"] < typical["at"] < typical["to"]
    *_, lead, interval = figure.table.rows
    assert 100 * lead.cells[3].value == pytest.approx(typical["at"])  # type: ignore[union-attr]
    assert interval.cells[3].ends is not None  # type: ignore[union-attr]


def test_a_diverged_trial_is_an_arrow_at_the_edge() -> None:
    figure = leads((0.1, 0.3), (None, 0.3), (0.1, None), (0.1, 0.2))

    arrows = {r["row"]: r["arrow"] for r in drawn.data(figure) if "arrow" in r}
    assert arrows["2"] == "triangle-left"
    assert arrows["3"] == "triangle-right"
    assert figure.table.rows[1].cells[1] == "diverged"
    assert figure.table.rows[1].cells[3].value == -inf  # type: ignore[union-attr]


def test_all_trials_of_one_diverged_and_many_rounds_can_be_drawn() -> None:
    assert drawn.data(leads(*((None, 0.3) for _ in range(7))))
    tall = leads(*((0.1, 0.1 + n % 5 / 100) for n in range(60)))
    assert len({r["row"] for r in drawn.data(tall) if "variant" in r}) == 61


def test_two_that_share_no_round_have_no_figure() -> None:
    found = head_to_head(duel([trial(0.1), None], [None, trial(0.1)]), "one", "other", truth)

    assert module.leads(found, rounds_table(found)) is None
