"""The questions of `bakeoff demo`'s page: drawings, images, rows, test examples, and nonsense."""

import base64
import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_models import pairs_variant, study_of
from PIL import Image
from sklearn.linear_model import Ridge

import bakeoff
from bakeoff import (
    Classification,
    CrossEntropy,
    Estimator,
    FromFunction,
    Head,
    Linear,
    Network,
    Objective,
    PerImage,
    Regression,
    Table,
    Variant,
)
from bakeoff.api.demo import Absent, Demo, entries_of, entry_of
from bakeoff.api.plan import plan_of
from bakeoff.api.serving import Request, response
from bakeoff.errors import DataError, ModelError, StoreError, StudyError
from bakeoff.reporting.demo import percent, row_names

TEST = bakeoff.MNIST().load().test.inputs[:, 0]
LINE = {"strokes": [[[0.4, 0.2], [0.6, 0.8]]]}


def png(image) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "png")
    return file.getvalue()


def pixels(image) -> dict[str, str]:
    return {"pixels": base64.b64encode(image.tobytes()).decode()}


def answer(demo, *parts):
    return json.loads(demo.answer(json.dumps({"parts": parts}).encode()))


@pytest.fixture(scope="module")
def pair(tmp_path_factory, session_cache):
    """Two models of pairs: the second has a head for digits."""
    shared = PerImage(Linear(10), Head("digits"))
    net = Network(shared, Linear(2), Head("comparison"))
    both = Objective(CrossEntropy("comparison"), CrossEntropy("digits"))
    named = pairs_variant(net).replace(name="digits", objective=both)
    folder, entries = tmp_path_factory.mktemp("pair"), []
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as executor:
        patch.setenv("BAKEOFF_CACHE", str(session_cache))
        for variant in (pairs_variant(), named):
            place, store = folder / variant.name, folder / "s.db"
            bakeoff.train(study_of(variant), variant.name, place, store=store, executor=executor)
            entries.append(entry_of(place))
        demo = Demo(entries, [Absent("c", "it diverged")])
        assert demo.examples
    return demo


def test_a_pair_is_answered_as_predict_answers_it(pair):
    shown = answer(pair, pixels(TEST[0]), pixels(TEST[1]))
    raw = np.stack(TEST[:2])[None]
    for given_, entry in zip(shown["answers"], pair.entries, strict=True):
        answers = entry.model.predict(raw)
        assert given_["label"].replace("\N{NO-BREAK SPACE}", " ") == answers.labels[0].replace(
            "<=", "\N{LESS-THAN OR EQUAL TO}"
        )
        assert given_["share"] == answers.probability[0]
        assert given_["digits"] == ", ".join(answers.digits[0] if answers.digits else ())
    # Shrunk to 14 x 14, as the networks see them.
    seen = [base64.b64decode(each.partition(",")[2]) for each in shown["seen"]]
    assert [Image.open(io.BytesIO(each)).size for each in seen] == [(14, 14)] * 2


def test_drawings_and_images_of_files_make_a_pair(pair):
    parts = json.loads(pair.read(png(np.concatenate([TEST[0], TEST[1]], axis=1))))["parts"]
    assert [part["pixels"] for part in parts] == [pixels(image)["pixels"] for image in TEST[:2]]
    (one,) = json.loads(pair.read(png(255 - TEST[0])))["parts"]
    assert one["pixels"] == pixels(TEST[0])["pixels"]
    assert pair.box == 20 / 28
    assert len(answer(pair, LINE, {"pixels": one["pixels"]})["answers"]) == 2


def test_the_hardest_test_examples_are_those_that_most_models_miss(pair):
    assert 0 < len(pair.examples) <= 12
    missed = [example.missed for example in pair.examples]
    assert missed == sorted(missed, reverse=True)
    for number, example in enumerate(pair.examples):
        parts = [{"example": number, "image": image} for image in (0, 1)]
        shown = answer(pair, *parts)
        words = [each["mark"]["word"] for each in shown["answers"]]
        assert words.count("wrong") == round(2 * example.missed)
        assert example.told in shown["summary"]
        # The other way round it is another pair.
        assert example.told not in answer(pair, *reversed(parts))["summary"]


def test_answers_stored_of_another_task_are_not_those_to_these_examples(pair):
    first, second = pair.entries
    other = second.task.replace(test=30)
    answers = {"answer": np.zeros(30, np.int64)}
    demo = Demo([first, replace(second, task=other, stored=answers)])
    assert [e.missed for e in demo.examples] == [e.missed for e in pair.examples]


def test_disagreement_is_marked_where_most_agree(pair):
    entries = [pair.entries[0], pair.entries[0], pair.entries[1]]
    demo = Demo(entries)
    for first, second in TEST[:40].reshape(20, 2, 28, 28):
        shown = answer(demo, pixels(first), pixels(second))
        labels = [each["label"] for each in shown["answers"]]
        marks = [each["mark"] and each["mark"]["word"] for each in shown["answers"]]
        differs = "differs" if labels[2] != labels[0] else None
        assert marks == [None, None, differs]
        assert ("disagree" in shown["summary"]) == bool(differs)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"parts": []}',
        b'{"parts": [{}, {}]}',
        b'{"parts": [{"example": 99}, {"example": 0}]}',
        b'{"parts": [{"example": 0, "image": 2}, {"example": 0}]}',
        b'{"parts": [{"example": -1}, {"example": 0}]}',
        b'{"parts": [{"pixels": "AAAA"}, {"example": 0}]}',
        b'{"parts": [{"pixels": "!"}, {"example": 0}]}',
        b'{"parts": [{"values": [1]}, {"example": 0}]}',
        b'{"parts": [{"strokes": []}, {"example": 0}]}',
        b'{"parts": [{"strokes": [[]]}, {"example": 0}]}',
        b'{"parts": [{"strokes": [[[0, NaN]]]}, {"example": 0}]}',
        b'{"parts": [{"strokes": [[[0, 1e9]]]}, {"example": 0}]}',
        b'{"parts": [{"strokes": [[[0, 1]]], "example": 0}, {"example": 0}]}',
        b'{"parts": [{"strokes": [[[0, 1]]], "other": 0}, {"example": 0}]}',
        b'{"parts": ' + b"[" * 50_000,
        b'{"parts": [{"strokes": [[' + b",".join([b"[0,0]"] * 20_001) + b"]]}, {}]}",
    ],
)
def test_a_question_that_is_none(pair, body):
    with pytest.raises(DataError):
        pair.answer(body)


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(20)])
def test_a_file_that_is_no_image(pair, content):
    with pytest.raises(DataError, match="The image cannot be used: it cannot be decoded"):
        pair.read(content)


def test_an_image_of_too_many_pixels_is_not_decoded(pair):
    with pytest.raises(DataError, match="more than 64,000,000 pixels"):
        pair.read(png(np.zeros((14_000, 14_000), bool)))


def test_the_page_loads_nothing_and_names_who_is_absent(pair):
    page = response(Request("GET", "/", {"host": "localhost"}), pair.routes())
    text = page.body.decode()
    assert "<b>c</b>: it diverged." in text
    assert text.count('data-example="') == len(pair.examples)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_models_of_one_variant_are_told_apart(pair):
    description = pair.entries[0].model.description

    def named(**fields):
        return description.replace(origin=description.origin.replace(**fields))

    assert row_names([description, named(variant="w")]) == ["v", "w"]
    for fields in ({"round": 2}, {"study": "other"}, {"shortened": "1 of 2 epochs"}):
        assert len(set(row_names([description, named(**fields)]))) == 2


def test_models_of_different_inputs_are_not_shown_together(pair, trained):
    net = Network(Linear(10), Head("digit"), input=(1, 28, 28))
    variant = Variant(name="v", model=net, recipe=bakeoff.Recipe(epochs=1, batch=20))
    single = trained(study_of(variant, bakeoff.Digits(train=100, test=20)), "c").folder
    with pytest.raises(ModelError, match="different inputs"):
        Demo([*pair.entries, entry_of(single)])


@pytest.fixture
def houses(trained, tmp_path):
    lines = [f"{n % 7},{('flat', 'house')[n % 2]},{10 * (n % 7) + n % 2}" for n in range(100)]
    (tmp_path / "houses.csv").write_text("\n".join(["rooms,kind,price", *lines]) + "\n")
    table = Table(tmp_path / "houses.csv", target="price", target_is="numbers")
    study = study_of(
        Variant(name="v", model=Estimator(Ridge())), Regression(table, train=60, test=40)
    )
    return Demo([entry_of(trained(study).folder)])


def test_a_row_of_a_table_is_filled_in(houses):
    shown = answer(houses, {"values": [3, "house"]})
    (raw,) = houses.entries[0].model.predict(np.array([[3, 0, 1]], np.float32)).labels
    assert shown["answers"][0]["label"] == raw
    assert shown["answers"][0]["mark"] is None
    for number, example in enumerate(houses.examples):
        by_values = answer(houses, {"values": example.values})
        by_number = answer(houses, {"example": number})
        assert by_values["answers"] == by_number["answers"]
        assert example.told in by_number["summary"]
    for values in ([3], [3, "tent"], [None, "flat"], ["x", "flat"], [3, 4]):
        with pytest.raises(DataError):
            answer(houses, {"values": values})
    assert (
        b"<option>flat</option>"
        in response(Request("GET", "/", {"host": "localhost"}), houses.routes()).body
    )


def images_of_numbers():
    rng = np.random.default_rng(0)
    return rng.normal(size=(80, 1, 4, 5)), np.arange(80) % 2


def test_images_of_other_numbers_than_bytes_are_picked_among_the_test_examples(trained):
    net = Network(Linear(2), Head("label"), input=(1, 4, 5))
    variant = Variant(name="v", model=net, recipe=bakeoff.Recipe(epochs=1, batch=20))
    task = Classification(FromFunction(images_of_numbers), train=40, test=30)
    demo = Demo([entry_of(trained(study_of(variant, task)).folder)])
    assert [image.shape for image in demo.examples[0].pictures] == [(4, 5)]
    assert answer(demo, {"example": 0})["answers"][0]["mark"]["word"] == "wrong"
    with pytest.raises(DataError):
        answer(demo, LINE)


def test_a_study_shows_what_is_kept_and_trains_the_rest_again(trained, tmp_path):
    study = study_of(pairs_variant())
    plan, events = plan_of(study), []

    def entries(**options):
        events.clear()
        return list(
            entries_of(
                plan,
                **{"round": 1, "store": tmp_path / "s.db", **options},
                listen=lambda label, event: events.append(event),
            )
        )

    with pytest.raises(StoreError, match=r"there is no store|does not exist|no results"):
        entries(store=tmp_path / "none.db")
    model = trained(study)
    (entry,) = entries()
    assert [type(event).__name__ for event in events] == ["Missing", "TrainedModel"]
    np.testing.assert_array_equal(entry.stored["answer"], entries()[0].stored["answer"])
    assert events == []
    assert entry.model.description.origin.key == model.description.origin.key
    by_folder = Demo([entry_of(model.folder)])
    assert [e.told for e in Demo([entry]).examples] == [e.told for e in by_folder.examples]
    with pytest.raises(StudyError, match="no round 2"):
        entries(round=2)


@given(st.floats(0, 1))
def test_only_certainty_is_certain(share):
    assert (percent(share) == "100.0%") == (share == 1)
