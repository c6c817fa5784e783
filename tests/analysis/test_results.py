import pytest

from bakeoff.analysis.results import Results, deviations
from bakeoff.data.tasks import DigitPairs
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, Network
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from bakeoff.training.recipe import Recipe
from made_history import made

NETWORK = Network(Linear(2), Head("comparison"))
STUDY = Study(
    name="pair",
    task=DigitPairs(),
    rounds=4,
    variants=(
        Variant(name="one", model=NETWORK, recipe=Recipe(epochs=25)),
        Variant(name="two", model=NETWORK, recipe=Recipe(epochs=25)),
    ),
)


def results(histories: dict[str, tuple[History | None, ...]], study: Study = STUDY) -> Results:
    return Results(study, STUDY, Overrides(), histories)


def test_every_trial_is_counted_as_answered_diverged_or_missing() -> None:
    good, broken = made(test=(0.1,), seconds=2), made(test=(), status="diverged", seconds=1)

    found = results({"one": (good, good, None, None), "two": (good, broken, good, None)})

    assert (found.expected, found.answered, found.missing, found.diverged) == (8, 5, 3, 1)
    assert found.seconds == 9


def test_places_come_variant_by_variant_with_rounds_from_zero() -> None:
    found = results({"one": (None,) * 4, "two": (None,) * 4})

    assert [(v.name, number) for v, number, _ in found.places()] == [
        (name, number) for name in ("one", "two") for number in range(4)
    ]


@pytest.mark.parametrize(
    "histories",
    [{"one": (None,) * 4}, {"one": (None,) * 4, "two": (None,) * 3}],
    ids=["variant missing", "round missing"],
)
def test_histories_that_do_not_fit_the_study_are_refused(
    histories: dict[str, tuple[History | None, ...]],
) -> None:
    with pytest.raises(ValueError, match="the study needs"):
        results(histories)


@pytest.mark.parametrize(
    ("by", "label"),
    [
        (Overrides(), ""),
        (Overrides(rounds=4, epochs=25), ""),
        (Overrides(rounds=2, epochs=3), "2 of 4 rounds, 3 of 25 epochs"),
        (Overrides(rounds=1), "1 of 4 rounds"),
        (Overrides(only=("two",)), "1 of 2 variants"),
    ],
)
def test_a_label_says_what_was_left_out(by: Overrides, label: str) -> None:
    study = STUDY.overridden(by)

    assert bool(deviations(study, STUDY)) == bool(label)
    histories = dict.fromkeys((v.name for v in study.variants), (None,) * study.rounds)
    found = Results(study, STUDY, by, histories)
    assert (found.label, found.is_shortened) == (label, bool(label))


def test_a_longer_run_is_labelled_and_not_called_shortened() -> None:
    study = STUDY.overridden(Overrides(rounds=9))

    found = Results(study, STUDY, Overrides(rounds=9), {"one": (None,) * 9, "two": (None,) * 9})
    assert found.label == "9 rounds rather than 4"
    assert not found.is_shortened


def test_a_label_spans_the_epochs_of_unlike_recipes() -> None:
    first, second = STUDY.variants
    unlike = STUDY.replace(variants=(first, second.replace(recipe=Recipe(epochs=50))))

    by = Overrides(epochs=5)
    study = unlike.overridden(by)
    places = {v.name: (None,) * study.rounds for v in study.variants}
    assert Results(study, unlike, by, places).label == "5 of 25 to 50 epochs"
