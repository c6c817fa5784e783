import pytest

from accurate import accurate
from bakeoff.analysis.comparison import comparison_table
from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import summary
from bakeoff.data.metrics import Accuracy, DigitError
from bakeoff.data.tasks import DigitPairs
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, ModelSpec, Network, PerImage
from bakeoff.study.published import Published, Quantity
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from bakeoff.training.objective import CrossEntropy, Objective
from made_history import made

NETWORK = Network(Linear(2), Head("comparison"))
TRAIN = Quantity(split="train")
BEST = Quantity(selection="best_on_test")


class Mine(ModelSpec):
    """A user's model, whose parameters nobody can count without building it."""

    def build(self):
        raise NotImplementedError


def study(*variants: Variant) -> Study:
    return Study(name="s", task=DigitPairs(), rounds=2, variants=variants)


def table(declared: Study, *histories: tuple[History | None, History | None]):
    by_name = {v.name: h for v, h in zip(declared.variants, histories, strict=True)}
    return comparison_table(Results(declared, declared, Overrides(), by_name))


TWO = (made(test=(0.3, 0.2), train=(0.2, 0.1)), made(test=(0.1, 0.3), train=(0.2, 0.2)))


def test_a_difference_is_measured_minus_published() -> None:
    variant = Variant(name="a", model=NETWORK, published=(Published(mean=0.2, sd=0.01),))

    (row,) = table(study(variant), TWO).rows

    assert row.main.measured.mean == pytest.approx(0.25)
    assert row.main.difference == pytest.approx(0.05)
    assert row.main.published_sd == 0.01


def test_an_accuracy_study_speaks_of_accuracies_and_turns_the_difference() -> None:
    variant = Variant(name="a", model=NETWORK, published=(Published(mean=0.193, sd=0.015),))
    results = Results(study(variant), study(variant), Overrides(), {"a": TWO})

    found = comparison_table(accurate(results))

    assert found.metric == Accuracy()
    assert found.rows[0].main.published_mean == 0.807
    assert found.rows[0].main.measured.mean == pytest.approx(0.75)
    assert found.rows[0].main.difference == pytest.approx(-0.057)
    assert found.rows[0].train.mean == pytest.approx(0.85)


def test_the_first_published_test_figure_is_the_main_one_and_none_is_lost() -> None:
    published = (Published(mean=0.1, of=TRAIN), Published(mean=0.2), Published(mean=0.1, of=BEST))
    variant = Variant(name="a", model=NETWORK, published=published)

    (row,) = table(study(variant), TWO).rows

    assert row.main.quantity == Quantity()
    assert [other.quantity for other in row.others] == [TRAIN, BEST]
    assert row.others[0].measured.mean == pytest.approx(0.15)
    assert row.others[1].measured.mean == pytest.approx(0.15)


def test_a_variant_without_published_figures_is_read_as_the_others_are() -> None:
    known = Variant(name="a", model=NETWORK, published=(Published(mean=0.2, of=BEST),))
    unknown = Variant(name="b", model=NETWORK)

    found = table(study(known, unknown), TWO, TWO)

    assert found.quantity == BEST
    assert found.rows[1].main.published_mean is None
    assert found.rows[1].main.difference is None
    assert found.rows[1].main.measured.mean == pytest.approx(0.15)


def test_nothing_published_means_the_final_test_error() -> None:
    found = table(study(Variant(name="a", model=NETWORK)), TWO)

    assert not found.has_published
    assert found.quantity == Quantity()


def test_figures_at_other_epochs_stand_side_by_side() -> None:
    trial = made(test=(0.3, 0.1, 0.2), validation=(0.1, 0.2, 0.3), train=(0.3, 0.2, 0.0))

    (row,) = table(study(Variant(name="a", model=NETWORK)), (trial, None)).rows

    assert row.final.mean == 0.2
    assert row.best_on_test.mean == 0.1
    assert row.best_on_validation.mean == 0.3
    assert row.train.mean == 0.0
    assert row.further == ()


def test_digit_errors_are_there_where_a_variant_has_them() -> None:
    trial = made(test=(0.3,), digits=(0.05,))
    objective = Objective(CrossEntropy("comparison"), CrossEntropy("digits"))
    digits = Network(PerImage(Linear(10), Head("digits")), Linear(2), Head("comparison"))

    found = table(study(Variant(name="a", model=digits, objective=objective)), (trial, None))

    assert found.further == (DigitError(),)
    assert found.rows[0].further[0].mean == 0.05


def test_rounds_are_counted_as_answered_missing_and_diverged() -> None:
    histories = (made(test=(), status="diverged"), None)

    (row,) = table(study(Variant(name="a", model=NETWORK)), histories).rows

    assert (row.rounds, row.answered, row.missing, row.diverged) == (2, 1, 1, 1)
    assert row.main.measured == summary([], diverged=1)


def test_seconds_are_the_mean_over_trials_that_have_run() -> None:
    histories = (made(test=(0.1,), seconds=3), made(test=(), status="diverged", seconds=1))

    (row,) = table(study(Variant(name="a", model=NETWORK)), histories).rows

    assert row.seconds == 2


def test_parameters_are_counted_where_nothing_has_run() -> None:
    own = Variant(name="b", model=Mine())
    found = table(study(Variant(name="a", model=NETWORK), own), (None, None), (None, None))

    assert [row.parameters for row in found.rows] == [NETWORK.parameters(), None]
    assert found.rows[0].seconds is None


def test_parameters_come_from_the_built_network_where_it_has_run() -> None:
    own = Variant(name="a", model=Mine())

    (row,) = table(study(own), (None, made(test=(0.1,), parameters=7))).rows

    assert row.parameters == 7
