"""Costs of use in a store: by model and machine, the latest one last, while files are unchanged."""

from dataclasses import replace

import pytest

from bakeoff.errors import StoreError
from bakeoff.inference.use_cost import MeasuredUse, UseCost
from bakeoff.running import store as module
from bakeoff.study.reads import content

COST = UseCost(0.5, 0.25, 300, 200, 100)
OLD, NEW = MeasuredUse("old", "2.13.0"), MeasuredUse("new", "2.13.0")


def at(monkeypatch, time):
    monkeypatch.setattr(module, "_now", lambda: f"2026-01-0{time}T00:00:00+00:00")


def test_costs_come_back_by_machine(store, monkeypatch):
    assert store.uses(["a"]) == []
    unknown = UseCost(batch_seconds=0.1)
    for time, machine, key, cost in (
        (1, NEW, "a", COST),
        (2, OLD, "a", unknown),
        (3, NEW, "b", unknown),
        (4, replace(NEW, torch="2.14.0"), "a", unknown),
    ):
        at(monkeypatch, time)
        store.note_use(key, replace(machine, costs={key: cost}), ())
    assert store.uses(["a", "b", "c"]) == [
        replace(OLD, costs={"a": unknown}),
        replace(NEW, costs={"a": COST, "b": unknown}),
        replace(NEW, torch="2.14.0", costs={"a": unknown}),
    ]


def test_the_last_measurement_of_a_machine_counts(store):
    for seconds in (0.25, 0.125):
        cost = replace(COST, seconds=seconds)
        store.note_use("a", replace(NEW, costs={"a": cost}), ())
    assert store.uses(["a"]) == [replace(NEW, costs={"a": cost})]


def test_a_cost_holds_while_the_files_that_were_read_are_unchanged(store, tmp_path):
    file = tmp_path / "widths.txt"
    file.write_text("8")
    store.locate({"a": str(tmp_path)})
    use = replace(NEW, costs={"a": COST})
    store.note_use("a", use, (("widths.txt", content(str(file))),))
    assert store.uses(["a"]) == [use]
    file.write_text("800")
    with module.Store.read(store.path) as reader:
        reader.locate({"a": str(tmp_path)})
        assert reader.uses(["a"]) == []


def test_a_damaged_cost_is_refused(store):
    store.note_use("a", replace(NEW, costs={"a": COST}), ())
    store._db.execute("UPDATE uses SET cost = '[]'")
    with pytest.raises(StoreError, match="damaged: uses"):
        store.uses(["a"])
