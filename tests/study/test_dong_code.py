"""The ladder from the Baseline to the authors' code: one step at a time, all of it at its end."""

from itertools import pairwise

import torch
from trained_apart import differences

from bakeoff import run
from bakeoff.models.layers import ReLU, Rescale
from bakeoff.studies.dong_code import LargestShare, ladder, study


def test_each_step_of_the_ladder_differs_from_the_one_before_and_the_last_has_them_all():
    steps = [study.variant(name) for name in ("Baseline", *(each.name for each in ladder))]
    assert [differences(one, other) for one, other in pairwise(steps)] == [
        {"recipe.evaluate_in_train_mode"},
        {"model"},
        {"recipe.batch", "recipe.shuffle"},
        {"model"},
        {"decision"},
    ]
    last = study.variant("Baseline, as in the code")
    assert isinstance(last.model.layers[0], Rescale)
    assert isinstance(last.model.layers[-2], ReLU)
    assert (last.recipe.batch, last.recipe.shuffle) == (50, False)
    assert last.recipe.evaluate_in_train_mode


def test_a_share_is_of_a_batch_and_of_one_class():
    torch.manual_seed(0)
    logits = torch.randn(7, 2)
    decision = LargestShare("y", batch=3)
    shares = decision.scores({"y": logits})
    parts = [logits[:3], logits[3:6], logits[6:]]
    expected = torch.cat([part.exp() / part.exp().sum(0) for part in parts])
    torch.testing.assert_close(shares, expected)
    assert decision.answer({"y": logits})[-1] == 0  # Alone, both have all of it.


def test_answers_that_depend_on_the_batch_are_in_doubt_in_a_run(tmp_path):
    asked = {"rounds": 1, "epochs": 1, "only": ("Baseline", "Baseline, as in the code")}
    results = run(study, store=tmp_path / "b.db", jobs=1, **asked)
    doubts = [(each.kind, each.variant, each.part) for each in results.doubts]
    assert doubts == [("batch_dependence", "Baseline, as in the code", "answers")]
