"""The key of a claim is of what it asks: not of names, rounds or files."""

import textwrap

import numpy as np
import pytest

from bakeoff.claims.composed import AllOf, Not
from bakeoff.claims.curves import RisesAgain
from bakeoff.claims.differences import BestOf, Better, Equivalent
from bakeoff.claims.facts import SearchChose
from bakeoff.claims.key import claim_key
from bakeoff.claims.levels import Reaches
from bakeoff.claims.orders import Ordered
from bakeoff.data.arrays import examples_of
from bakeoff.data.dataset import Cached
from bakeoff.data.metrics import Accuracy, Error, MacroF1, RocAuc
from bakeoff.data.supervised import Classification
from bakeoff.data.tasks import DigitPairs, KFold
from bakeoff.models.layers import Linear, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.studies import BUILT_IN
from bakeoff.study.claims import Claim
from bakeoff.study.load import load
from bakeoff.study.published import Published, Quantity
from bakeoff.study.search import Search, grid
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.optimizers import Adam
from bakeoff.training.recipe import Recipe

TASK = DigitPairs(train=20, validation=0, test=10)


def network(width):
    return Network(Linear(width), ReLU(), Linear(2), Head("comparison"))


WIDE, NARROW, FAST = (
    Variant(name="wide", model=network(8)),
    Variant(name="narrow", model=network(4)),
    Variant(name="fast", model=network(8), optimizer=Adam(lr=1e-2)),
)
STUDY = Study(name="s", task=TASK, variants=(WIDE, NARROW, FAST))
TEST = Better("wide", than="narrow", by=0.01)


def key(test=TEST, *, data="d", **changes):
    return claim_key(test, STUDY.replace(**changes), data=data)


KEY = key()


@pytest.mark.parametrize(
    "changes",
    [
        {"rounds": 99},
        {"name": "other", "title": "Another", "source": "Somebody", "assumptions": ("None.",)},
        {"variants": (FAST, NARROW, WIDE)},
        {"variants": (WIDE, NARROW)},
        {"variants": (WIDE.replace(note="It is wide.", rounds=3), NARROW)},
        {"variants": (WIDE.replace(published=(Published(mean=0.1),)), NARROW)},
        {"variants": (WIDE, NARROW, FAST.replace(optimizer=Adam(lr=0.5)))},
        {"claims": (Claim(id="1", quote="It is better.", test=TEST),)},
        {"task": TASK.replace(metrics=(Error(),))},
        {"task": TASK.replace(metrics=(Error(), MacroF1()))},
    ],
    ids=repr,
)
def test_what_is_said_and_how_often_is_not_in_the_key(changes):
    assert key(**changes) == KEY


@pytest.mark.parametrize(
    ("test", "changes"),
    [
        (Better("wide", than="narrow", by=0.02), {}),
        (Better("wide", than="narrow"), {}),
        (Better("narrow", than="wide", by=0.01), {}),
        (Better("wide", than="fast", by=0.01), {}),
        (Better("wide", than=("narrow", "fast"), by=0.01), {}),
        (Better("wide", than="narrow", by=0.01, quantity=Quantity(split="train")), {}),
        (Not(TEST), {}),
        (TEST, {"seed": 1}),
        (TEST, {"data": "e"}),
        (TEST, {"task": TASK.replace(train=30)}),
        (TEST, {"task": TASK.replace(metrics=(MacroF1(), Error()))}),
        (TEST, {"task": KFold(TASK, 4)}),
        (TEST, {"variants": (WIDE.replace(model=network(9)), NARROW)}),
        (TEST, {"variants": (WIDE.replace(recipe=Recipe(epochs=9)), NARROW)}),
        (TEST, {"variants": (WIDE, NARROW.replace(optimizer=Adam(lr=1e-2)))}),
    ],
    ids=repr,
)
def test_another_question_has_another_key(test, changes):
    assert key(test, **changes) != KEY


def test_a_renamed_variant_is_the_same_claim():
    renamed = (WIDE.replace(name="big"), NARROW.replace(name="small"))
    assert key(Better("big", than="small", by=0.01), variants=renamed) == KEY
    # Two that exchange their names exchange what is claimed.
    exchanged = (WIDE.replace(name="narrow"), NARROW.replace(name="wide"))
    assert key(variants=exchanged) == key(Better("narrow", than="wide", by=0.01)) != KEY


def test_a_shortened_study_asks_the_same_but_of_fewer_epochs():
    def shortened(**changes):
        return claim_key(TEST, STUDY.overridden(Overrides(**changes)), data="d")

    each = (("wide", 9), ("narrow", 8))
    for changes in ({"rounds": 2}, {"only": ("wide", "narrow")}, {"each": each}):
        assert shortened(**changes) == KEY
    assert shortened(epochs=2) != KEY
    assert shortened(examples=5) != KEY


def test_the_order_of_names_counts_where_it_is_asked_for():
    for one, other in (
        (Better(("wide", "fast"), than="narrow"), Better(("fast", "wide"), than=("narrow",))),
        (
            BestOf("wide", among=("fast", "narrow")),
            BestOf("wide", among=("narrow", "wide", "fast")),
        ),
        (Reaches(("wide", "fast"), value=0.1), Reaches(("fast", "wide"), value=0.1)),
        (AllOf(TEST, Reaches("fast", value=0.1)), AllOf(Reaches("fast", value=0.1), TEST)),
    ):
        assert key(one) == key(other)
    assert key(Ordered(("narrow", "wide", "fast"))) != key(Ordered(("wide", "narrow", "fast")))


def test_names_are_replaced_wherever_a_test_holds_them():
    renamed = (WIDE.replace(name="big"), NARROW.replace(name="small"), FAST)
    for make in (
        lambda a, b: AllOf(Not(Better(a, than=b)), Equivalent(b, a, margin=0.1)),
        lambda a, b: Ordered((a, b, "fast")),
        lambda a, b: BestOf(a, among=(a, b)),
        lambda a, b: AllOf(RisesAgain(a, after_epoch=3), RisesAgain(b, after_epoch=4)),
    ):
        assert key(make("wide", "narrow")) == key(make("big", "small"), variants=renamed)
        assert key(make("wide", "narrow")) != key(make("wide", "fast"))


def test_a_metric_that_is_named_counts_and_one_beside_it_does_not():
    rng = np.random.default_rng(0)
    data = Cached.of(examples_of((rng.normal(size=(40, 3)), np.arange(40) % 2), source="t"))
    variants = tuple(
        Variant(name=name, model=Network(Linear(width), Linear(2), Head("label"), input=(3,)))
        for name, width in (("wide", 8), ("narrow", 4))
    )

    def of(*metrics, name):
        task = Classification(data, train=20, test=10, metrics=metrics)
        study = Study(name="s", task=task, variants=variants)
        return claim_key(Better("wide", than="narrow", quantity=Quantity(metric=name)), study)

    assert of(Error(), RocAuc(), name="roc_auc") == of(
        Error(), Accuracy(), RocAuc(), name="roc_auc"
    )
    assert of(Error(), RocAuc(), name="roc_auc") != of(Error(), RocAuc(), name="error")
    assert of(Error(), RocAuc(), name="error") == of(Error(), name="error")


def make(width: int) -> Variant:
    return Variant(name="m", model=network(width))


def test_the_winner_of_a_search_stands_for_itself():
    search = Search(
        name="widths", task=TASK.replace(validation=10), candidates=grid(make, {"width": (2, 3)})
    )
    test = Better("widths, chosen on validation", than="narrow")
    without = key(test)
    found = {
        key(
            test,
            searches=(search,),
            variants=(*STUDY.variants, search.winner(candidate)),
        )
        for candidate in search.tried
    }
    assert found == {without}
    assert without != key(Better("others, chosen on validation", than="narrow"))
    chose = SearchChose("widths", (("width", 2),))
    assert key(chose, searches=(search,)) != key(
        SearchChose("widths", (("width", 3),)), searches=(search,)
    )


def test_the_claims_of_the_built_in_studies_have_keys_of_their_own():
    for study in BUILT_IN:
        keys = [claim_key(claim.test, study, data="d") for claim in study.claims]
        assert len(set(keys)) == len(keys), study.name
        assert all(len(each) == 64 for each in keys)


FILE = """
from torch import nn

from bakeoff import Better, Claim, DigitPairs, Error, Study, Variant
from bakeoff.models.network import ModelSpec

SLOPE = 0.1


class Leaky(ModelSpec):
    width: int = 50

    def build(self):
        return nn.Sequential(nn.Flatten(), nn.Linear(392, self.width), nn.LeakyReLU(SLOPE))


class Misses(Error):
    def compute(self, predictions):
        return super().compute(predictions)


study = Study(
    name="width",
    task=DigitPairs(train=20, validation=10, test=10, metrics=(Misses(),)),
    variants=(Variant(name="narrow", model=Leaky(width=2)), Variant(name="wide", model=Leaky())),
    claims=(Claim(id="1", quote="Wide wins.", test=Better("wide", than="narrow")),),
)
"""


def key_of_file(folder, name="one.py", change=("", "")):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(textwrap.dedent(FILE.replace(*change)))
    study = load(path)
    return claim_key(study.claims[0].test, study, data="d")


def test_the_same_code_in_another_file_asks_the_same(tmp_path):
    first = key_of_file(tmp_path / "a")
    assert key_of_file(tmp_path / "a", "two.py") == first
    assert key_of_file(tmp_path / "b", "three.py") == first
    assert key_of_file(tmp_path / "b", "4.py", ("SLOPE = 0.1", "# A slope.\nSLOPE = 0.1")) == first
    assert key_of_file(tmp_path / "b", "5.py", ("claims=", "rounds=30, claims=")) == first


@pytest.mark.parametrize(
    "change",
    [("SLOPE = 0.1", "SLOPE = 0.2"), ("nn.LeakyReLU(", "nn.ELU("), ("super()", "2 * super()")],
)
def test_another_code_asks_something_else(tmp_path, change):
    assert key_of_file(tmp_path / "a", change=change) != key_of_file(tmp_path / "a")
