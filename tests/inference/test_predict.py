"""`bakeoff predict`: files of every kind, what it prints, what it refuses."""

import csv
import io
import json
import struct
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_models import pairs_variant, study_of
from PIL import Image

import bakeoff
from bakeoff import (
    Classification,
    Digits,
    Head,
    ImageFolder,
    Linear,
    Network,
    Recipe,
    Regression,
    ReLU,
    Table,
    Variant,
)
from bakeoff.errors import DataError

TEST = bakeoff.MNIST().load().test.inputs[:, 0]


@pytest.fixture
def predict(command):
    return partial(command, "predict")


@pytest.fixture
def pairs(trained):
    return bakeoff.load_model(trained(study_of(pairs_variant())).folder)


@pytest.fixture
def digits(trained):
    net = Network(Linear(10), Head("digit"), input=(1, 28, 28))
    variant = Variant(name="v", model=net, recipe=Recipe(epochs=1, batch=20))
    return bakeoff.load_model(trained(study_of(variant, Digits(train=300, test=50))).folder)


def rows(told):
    return list(csv.DictReader(io.StringIO(told.stdout)))


def test_a_pair_is_one_image_or_two_or_an_array(predict, pairs):
    first, second = TEST[:2]
    Image.fromarray(np.concatenate([first, second], axis=1)).save("pair.png")
    for name, image in (("a.png", first), ("b.png", second)):
        Image.fromarray(image).save(name)
    np.save("pair.npy", np.stack([first, second]))
    told = predict("w", "pair.png", "a.png", "b.png", "pair.npy", "--format", "csv")
    found = rows(told)
    assert [row["file"] for row in found] == ["pair.png", "a.png + b.png", "pair.npy:1"]
    (label,) = pairs.predict(np.stack([first, second])[None]).labels
    assert {row["label"] for row in found} == {label}
    assert len({row["probability"] for row in found}) == 1


def test_a_lost_file_makes_no_pair_of_strangers(predict, pairs):
    for name in "acdef":
        Image.fromarray(TEST[0]).save(f"{name}.png")
    told = predict("w", "a.png", "b.png", "c.png", "d.png", "gone.png", "e.png", "f.png", code=1)
    assert told.stdout.startswith("c.png + d.png  ")
    assert len(told.stdout.splitlines()) == 1
    for line in (
        "b.png: there is no such file",
        "a.png: it shows one image, and a pair is asked for",
        "e.png: its partner, gone.png, cannot be read",
        "f.png: it shows one image",
    ):
        assert line in told.stderr


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "I;16", "F", "CMYK", "LA"])
def test_images_of_any_mode_and_size(predict, digits, mode):
    image = TEST[0]
    if mode == "I;16":
        Image.fromarray(image.astype(np.uint16) * 257).save("x.png")
    elif mode == "F":
        Image.fromarray((image / np.float32(255)).astype(np.float32)).save("x.tiff")
    else:
        suffix = "tiff" if mode == "CMYK" else "png"
        Image.fromarray(image).convert("RGB").convert(mode).save(f"x.{suffix}")
    (file,) = Path().glob("x.*")
    (row,) = rows(predict("w", file, "--format", "csv"))
    if mode != "1":
        assert row["label"] == digits.predict(image[None, None]).labels[0]
    Image.fromarray(image).resize((300, 300)).save("large.png")
    (row,) = rows(predict("w", "large.png", "--format", "csv"))
    assert row["label"] in set("0123456789")


def test_dark_ink_on_light_paper_is_inverted_where_it_should_be(predict, digits):
    Image.fromarray(TEST[0]).save("screen.png")
    Image.fromarray(255 - TEST[0]).save("paper.png")
    clear = np.stack([np.zeros_like(TEST[0])] * 3 + [TEST[0]], axis=-1)
    Image.fromarray(clear, "RGBA").save("ink.png")

    def answers(*options):
        told = predict("w", "screen.png", "paper.png", "ink.png", "--format", "csv", *options)
        return [row["probability"] for row in rows(told)]

    def those_of(*images):  # all at once, for a processor may add in another order for one image
        return [repr(each) for each in digits.predict(np.stack(images)[:, None]).probability]

    right, wrong = TEST[0], 255 - TEST[0]
    assert answers() == those_of(right, right, right)
    assert answers("--invert", "no") == those_of(right, wrong, wrong)
    assert answers("--invert", "yes") == those_of(wrong, right, right)


def test_a_folder_and_the_formats(predict, digits, tmp_path):
    (tmp_path / "pictures" / "more").mkdir(parents=True)
    for name in ("b.png", "a.png", "more/c.jpg"):
        Image.fromarray(TEST[0]).save(tmp_path / "pictures" / name)
    (tmp_path / "pictures" / "notes.txt").write_text("x")
    lines = predict("w", "pictures").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        "pictures/a.png",
        "pictures/b.png",
        "pictures/more/c.jpg",
    ]
    objects = json.loads(predict("w", "pictures", "--format", "json").stdout)
    assert sum(objects[0]["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert objects[0]["probabilities"][objects[0]["label"]] == objects[0]["probability"]
    (tmp_path / "empty").mkdir()
    assert "holds no images" in predict("w", "empty", code=1).stderr


def test_what_cannot_be_decoded_is_named_and_skipped(predict, digits, tmp_path):
    Image.fromarray(TEST[0]).save("good.png")
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "cut.png").write_bytes((tmp_path / "good.png").read_bytes()[:120])
    (tmp_path / "run.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    np.save("objects.npy", np.array([{}], dtype=object))
    np.save("wide.npy", np.zeros((2, 1, 9, 9), np.uint8))
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    names = ("text.png", "cut.png", "run.eps", "objects.npy", "wide.npy", "t.csv", "none.png")
    told = predict("w", *names, "good.png", code=1)
    assert [line.split()[0] for line in told.stdout.splitlines()] == ["good.png"]
    assert [line.split(": ")[1] for line in told.stderr.splitlines()] == list(names)
    assert predict("w", "good.png").stderr == ""


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize("side", [14_000, 60_000])
def test_an_image_of_too_many_pixels_is_not_decoded(predict, digits, tmp_path, side):
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99))
    (tmp_path / "bomb.png").write_bytes(bomb + chunk(b"IEND", b""))
    assert "more than 64,000,000" in predict("w", "bomb.png", code=1).stderr


@pytest.fixture
def flowers(trained, tmp_path):
    rng = np.random.default_rng(0)
    lines = [
        f"{a:.3f},{k},{'yes' if a > 0 else 'no'}"
        for a, k in zip(rng.normal(size=100), rng.choice(["red", "blue"], 100), strict=True)
    ]
    (tmp_path / "f.csv").write_text("\n".join(["a,k,grows", *lines]) + "\n")
    net = Network(Linear(2), Head("label"), input=(3,))
    variant = Variant(name="v", model=net, recipe=Recipe(epochs=2, batch=10))
    task = Classification(Table(tmp_path / "f.csv", target="grows"), train=60, test=30)
    return bakeoff.load_model(trained(study_of(variant, task)).folder)


def test_a_table_by_the_names_of_its_columns(predict, flowers, tmp_path):
    (tmp_path / "new.csv").write_text("id,k,a\n1,red,0.5\n2,blue,-3\n")
    found = rows(predict("w", "new.csv", "--format", "csv"))
    assert [row["file"] for row in found] == ["new.csv:1", "new.csv:2"]
    raw = np.array([[0.5, 0, 1], [-3, 1, 0]], np.float32)
    assert [row["label"] for row in found] == list(flowers.predict(raw).labels)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\n1\n", "no column 'k'"),
        ("a,k\n1,green\n", "holds 'green' in row 1, which no example had"),
        ("a,k\n1,red\nx,red\n", "holds 'x' in row 2, which is no number that"),
        ("a,k\n1,red,9\n", "rows of more fields than the 2 of its header"),
        ("a,k\n1e300,red\n", "holds '1e+300' in row 1, which is no number that"),
        ("a,k\n1,red\n,red\n", "has no value in row 2"),
        ("a,k\ninf,red\n", "no number that a model can take"),
        ("", "cannot be read as a table"),
    ],
)
def test_a_table_that_does_not_fit(predict, flowers, tmp_path, text, reason):
    (tmp_path / "new.csv").write_text(text)
    told = predict("w", "new.csv", code=1)
    assert reason in told.stderr
    assert told.stdout == ""


def test_rows_that_end_in_a_comma_are_read(predict, flowers, tmp_path):
    (tmp_path / "plain.csv").write_text("a,k\n0.5,red\n")
    (tmp_path / "comma.csv").write_text("a,k\n0.5,red,\n")
    one, other = rows(predict("w", "plain.csv", "comma.csv", "--format", "csv"))
    assert (one["label"], one["probability"]) == (other["label"], other["probability"])


def test_a_frame_is_taken_by_the_names_of_its_columns(flowers):
    frame = pd.DataFrame({"k": ["red", "blue"], "a": [0.5, -3.0]})
    raw = np.array([[0.5, 0, 1], [-3, 1, 0]], np.float32)
    assert flowers.predict(frame).labels == flowers.predict(raw).labels
    with pytest.raises(DataError, match="no column 'k'"):
        flowers.predict(frame[["a"]])


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e300])
def test_no_answer_to_what_is_no_number(flowers, value):
    with pytest.raises(DataError, match="no finite numbers"):
        flowers.predict(np.array([[0.5, 0, 1], [value, 1, 0]]))


def test_an_answer_that_is_no_number_is_none(predict, trained, tmp_path):
    (tmp_path / "f.csv").write_text("a,y\n" + "".join(f"{n / 1000},{n}.25\n" for n in range(40)))
    net = Network(Linear(4), ReLU(), Linear(1), Head("y"), input=(1,))
    task = Regression(Table(tmp_path / "f.csv", target="y"), train=20, test=10)
    trained(study_of(Variant(name="v", model=net, recipe=Recipe(epochs=1)), task))
    (tmp_path / "new.csv").write_text("a\n1\n3e38\n")
    told = predict("w", "new.csv", "--format", "json", code=1)
    (row,) = json.loads(told.stdout)
    assert row["label"] == str(np.float32(row["numbers"][0]))
    assert "no finite number" in told.stderr


def test_images_for_a_table_are_refused(predict, flowers):
    Image.fromarray(TEST[0]).save("x.png")
    assert "the model takes rows of numbers" in predict("w", "x.png", code=1).stderr


def test_colours_are_resized_as_the_dataset_does(predict, trained, tmp_path):
    rng = np.random.default_rng(0)
    for name, level in (("dark", 40), ("light", 200)):
        (tmp_path / "images" / name).mkdir(parents=True)
        for n in range(20):
            pixels = rng.integers(level - 30, level + 30, (12, 20, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "images" / name / f"{n}.png")
    net = Network(Linear(2), Head("label"), input=(3, 8, 8))
    variant = Variant(name="v", model=net, recipe=Recipe(epochs=3, batch=5))
    task = Classification(ImageFolder(tmp_path / "images", size=8), train=20, test=10)
    model = bakeoff.load_model(trained(study_of(variant, task)).folder)
    told = predict("w", "images/dark/0.png", "--format", "csv")
    with Image.open("images/dark/0.png") as image:
        small = np.asarray(image.resize((8, 8), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    answers = model.predict(small[None])
    (row,) = rows(told)
    assert (row["label"], row["probability"]) == (
        answers.labels[0],
        repr(answers.probability[0]),
    )


def test_a_folder_that_is_no_model_is_a_sentence(predict, tmp_path):
    assert "holds no model.json" in predict(".", "x.png", code=2).stderr
