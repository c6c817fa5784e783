"""Data of the user's own: tables, folders of images, files of arrays, functions."""

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from bakeoff.data import files
from bakeoff.data.arrays import FromFunction, Npz, examples_of
from bakeoff.data.dataset import read_anew
from bakeoff.data.image_folder import ImageFolder
from bakeoff.data.supervised import Classification
from bakeoff.data.table import Table
from bakeoff.errors import DataError, SpecError

ROWS = {
    "age": [31, 45, 28, 60, 39, 51],
    "height": [1.7, 1.8, 1.65, 1.9, 1.75, 1.6],
    "city": ["Bern", "Basel", "Bern", "Genf", "Basel", "Genf"],
    "member": [True, False, True, True, False, False],
    "y": ["no", "yes", "no", "yes", "no", "yes"],
}


@pytest.fixture
def frame():
    return pd.DataFrame(ROWS)


def write(frame, path):
    frame.to_csv(path, index=False)
    return path


class TestTable:
    def test_numbers_stay_and_texts_become_one_input_for_each_value(self, frame, tmp_path):
        found = Table(write(frame, tmp_path / "d.csv"), target="y").load()
        assert found.shape == (6,)
        np.testing.assert_allclose(found.train.inputs[:, 0], ROWS["age"])
        np.testing.assert_allclose(found.train.inputs[:, 1], ROWS["height"], rtol=1e-6)
        cities = [[c == v for v in ("Basel", "Bern", "Genf")] for c in ROWS["city"]]
        np.testing.assert_array_equal(found.train.inputs[:, 2:5], cities)
        np.testing.assert_array_equal(found.train.inputs[:, 5], ROWS["member"])
        assert found.categories == (False, False, True, True, True, False)
        assert found.classes == ("no", "yes")
        assert found.train.labels.tolist() == [0, 1, 0, 1, 0, 1]

    def test_features_and_groups_are_chosen_by_name(self, frame, tmp_path):
        path = write(frame, tmp_path / "d.csv")
        found = Table(path, target="y", features=("height",), groups="city").load()
        assert found.shape == (1,)
        assert found.train.groups.tolist() == [0, 1, 0, 2, 1, 2]

    @pytest.mark.parametrize(
        ("target", "classes", "dtype"),
        [("age", 6, np.int64), ("height", 0, np.float32), ("city", 3, np.int64)],
    )
    def test_a_target_is_classes_or_numbers_by_its_column(
        self, frame, tmp_path, target, classes, dtype
    ):
        found = Table(write(frame, tmp_path / "d.csv"), target=target).load()
        assert len(found.classes) == classes
        assert found.train.labels.dtype == dtype

    def test_or_as_is_said(self, frame, tmp_path):
        found = Table(write(frame, tmp_path / "d.csv"), target="age", target_is="numbers").load()
        assert found.train.labels.tolist() == ROWS["age"]
        assert found.classes == ()

    def test_missing_numbers_are_imputed_by_the_training_split(self, tmp_path):
        rng = np.random.default_rng(0)
        frame = pd.DataFrame(
            {"x": rng.normal(5, 1, 60), "z": rng.normal(0, 1, 60), "y": [0, 1] * 30}
        )
        frame.loc[::7, "x"] = np.nan
        path = write(frame, tmp_path / "d.csv")
        for rule in ("mean", "median"):
            task = Classification(
                Table(path, target="y", missing=rule), train=40, test=20, standardise=False
            )
            data = task.draw(seed=0, round=0)
            train = frame["x"].to_numpy()[data.train.items[:, 0]]
            middle = np.nanmean(train) if rule == "mean" else np.nanmedian(train)
            for split in data.splits().values():
                x = frame["x"].to_numpy()[split.items[:, 0]]
                wanted = np.where(np.isnan(x), middle, x)
                np.testing.assert_allclose(split.inputs[:, 0], wanted, rtol=1e-5)

    @pytest.mark.parametrize(
        ("change", "given", "words"),
        [
            (lambda f: f, {"target": "Y"}, "no column 'Y'"),
            (lambda f: f, {"target": "y", "features": ("agee",)}, "no column 'agee'.*'age'"),
            (lambda f: f, {"target": "y", "groups": "town"}, "no column 'town'"),
            (lambda f: f, {"target": "y", "target_is": "numbers"}, "'no', where numbers"),
            (lambda f: f.assign(age=[1, None, 2, 3, 4, 5]), {"target": "y"}, "'age'.*row 2"),
            (lambda f: f.assign(city=[None, *ROWS["city"][1:]]), {"target": "y"}, "'city'.*row 1"),
            (lambda f: f.assign(y=[None, *ROWS["y"][1:]]), {"target": "y"}, "no value in row 1"),
            (lambda f: f.assign(y="no"), {"target": "y"}, "all examples are of the class 'no'"),
            (lambda f: f.head(1), {"target": "y"}, "holds 1 row;"),
            (lambda f: f.assign(age=[1, 2, np.inf, 3, 4, 5]), {"target": "y"}, "inf in row 3"),
            (
                lambda f: f.assign(age=np.nan),
                {"target": "y", "missing": "mean"},
                "'age' has no value at all",
            ),
            (lambda f: f[["y"]], {"target": "y"}, "no column but y"),
        ],
    )
    def test_what_cannot_be_used_is_refused_by_name(self, frame, tmp_path, change, given, words):
        path = write(change(frame), tmp_path / "d.csv")
        with pytest.raises(DataError, match=words):
            Table(path, **given).load()

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"target": "y", "features": ("age", "y")}, "'y' is to be predicted"),
            ({"target": ("age", "age")}, "Table.target names the column 'age' twice"),
            ({"target": "y", "features": ("age", "age")}, "Table.features names .* twice"),
        ],
    )
    def test_a_column_is_named_once(self, given, words):
        with pytest.raises(SpecError, match=words):
            Table("d.csv", **given)

    @pytest.mark.parametrize("rows", ["1,2,0,9\n3,4,1,8\n", "1,2,0\n3,4,1,8\n", "1,2,0,8\n3,4,1\n"])
    def test_a_row_with_a_field_too_many_shifts_no_column(self, tmp_path, rows):
        (tmp_path / "d.csv").write_text("a,b,y\n" + rows)
        with pytest.raises(DataError, match=r"d.csv (has rows of more fields|cannot be read)"):
            Table(tmp_path / "d.csv", target="y").load()

    def test_a_comma_at_the_end_of_rows_is_no_field(self, tmp_path):
        (tmp_path / "d.csv").write_text("a,b,y\n1,2,0,\n3,4,1,\n")
        assert Table(tmp_path / "d.csv", target="y").load().train.inputs.tolist() == [
            [1, 2],
            [3, 4],
        ]

    def test_texts_that_are_names_are_no_categories(self, tmp_path):
        frame = pd.DataFrame({"name": [f"n{i}" for i in range(200)], "y": [0, 1] * 100})
        with pytest.raises(DataError, match="'name' holds 200 different texts"):
            Table(write(frame, tmp_path / "d.csv"), target="y").load()

    @pytest.mark.parametrize(("name", "words"), [("d.csv", "No such file"), ("d.txt", "no table")])
    def test_a_file_that_is_no_table_is_refused(self, tmp_path, name, words):
        if name == "d.txt":
            (tmp_path / name).write_text("x")
        with pytest.raises(DataError, match=words):
            Table(tmp_path / name, target="y").load()


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("cat", "dog", "emu"):
        folder = tmp_path / "pictures" / name
        folder.mkdir(parents=True)
        for number in range(4):
            pixels = rng.integers(0, 256, (5, 9, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}.png")
    (tmp_path / "pictures" / "notes.txt").write_text("not an image")
    return tmp_path / "pictures"


class TestImageFolder:
    def test_folders_are_classes_and_images_channels_first(self, pictures):
        found = ImageFolder(pictures).load()
        assert found.shape == (3, 5, 9)
        assert found.classes == ("cat", "dog", "emu")
        assert found.train.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
        exact = np.asarray(Image.open(pictures / "dog" / "2.png"))
        np.testing.assert_array_equal(found.train.inputs[6].transpose(1, 2, 0), exact)

    def test_images_are_resized_and_made_grey_as_asked(self, pictures):
        Image.new("L", (30, 20)).save(pictures / "cat" / "other.png")
        found = ImageFolder(pictures, size=(6, 4), channels=1).load()
        assert found.shape == (1, 6, 4)
        assert len(found.train) == 13

    def test_train_and_test_folders_are_sides(self, pictures, tmp_path):
        both = tmp_path / "both"
        (both / "train").mkdir(parents=True)
        for name in ("cat", "dog", "emu"):
            (pictures / name).rename(both / "train" / name)
            (both / "test" / name).mkdir(parents=True)
            first = both / "train" / name / "0.png"
            first.rename(both / "test" / name / "0.png")
        found = ImageFolder(both).load()
        assert (len(found.train), len(found.test)) == (9, 3)

    def test_a_new_image_is_other_data(self, pictures):
        before = ImageFolder(pictures).digest()
        Image.new("RGB", (9, 5)).save(pictures / "cat" / "more.png")
        assert ImageFolder(pictures).digest() != before

    def test_what_cannot_be_used_is_refused_by_name(self, pictures, tmp_path):
        (pictures / "dog" / "broken.png").write_bytes(b"\x89PNG\r\n")
        with pytest.raises(DataError, match=r"broken\.png cannot be decoded"):
            ImageFolder(pictures).load()
        (pictures / "dog" / "broken.png").unlink()
        Image.new("RGB", (9, 6)).save(pictures / "dog" / "tall.png")
        with pytest.raises(DataError, match=r"tall\.png is 6 x 9 pixels.*give a size"):
            ImageFolder(pictures).load()
        (tmp_path / "empty").mkdir()
        with pytest.raises(DataError, match="holds no images"):
            ImageFolder(tmp_path / "empty").load()
        with pytest.raises(DataError, match="does not exist"):
            ImageFolder(tmp_path / "nowhere").load()


def numbers():
    numbers.calls += 1
    x = np.arange(40.0).reshape(20, 2) * numbers.scale
    return x, np.arange(20) % 3


numbers.calls, numbers.scale = 0, 1


def nothing():
    return None


class TestArrays:
    def test_files_hold_one_pool_or_two_sides(self, tmp_path):
        x, y = np.random.default_rng(0).normal(size=(30, 3)), np.arange(30) % 4
        np.savez(tmp_path / "one.npz", x=x, y=y, groups=np.arange(30) // 2)
        np.savez(tmp_path / "two.npz", x_train=x[:20], y_train=y[:20], x_test=x[20:], y_test=y[20:])
        one, two = Npz(tmp_path / "one.npz").load(), Npz(tmp_path / "two.npz").load()
        assert (len(one.train), one.test, len(one.classes)) == (30, None, 4)
        assert one.train.groups.tolist() == (np.arange(30) // 2).tolist()
        assert (len(two.train), len(two.test)) == (20, 10)
        np.savez(tmp_path / "other.npz", a=x)
        with pytest.raises(DataError, match="holds the arrays a"):
            Npz(tmp_path / "other.npz").load()
        (tmp_path / "broken.npz").write_bytes(b"PK")
        with pytest.raises(DataError, match="cannot be read"):
            Npz(tmp_path / "broken.npz").load()

    def test_a_damaged_file_is_refused_or_read_as_it_was(self, tmp_path):
        x, y = np.arange(12.0).reshape(6, 2), np.arange(6) % 2
        path = tmp_path / "d.npz"
        np.savez_compressed(path, x=x, y=y)
        whole = path.read_bytes()
        for place in range(0, len(whole), 3):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 64]) + whole[place + 1 :])
            with suppress(DataError):
                assert Npz(path).read().train.inputs.tolist() == x.tolist(), place

    def test_a_file_that_would_fill_the_memory_is_not_unpacked(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "_ROOMY", 1_000)
        np.savez_compressed(tmp_path / "d.npz", x=np.zeros((100_000, 2)), y=np.zeros(100_000))
        with pytest.raises(DataError, match="would unpack to"):
            Npz(tmp_path / "d.npz").load()

    def test_a_function_is_called_once_in_a_run_and_its_data_counts_by_content(self):
        read_anew()
        numbers.calls = 0
        dataset = FromFunction(numbers)
        digest = dataset.digest()
        assert dataset.load().shape == (2,)
        assert dataset.digest() == digest
        assert numbers.calls == 1
        read_anew()
        numbers.scale = 2
        try:
            assert dataset.digest() != digest
        finally:
            numbers.scale = 1
            read_anew()

    def test_a_function_that_cannot_be_found_again_is_refused(self):
        with pytest.raises(DataError, match="top level"):
            FromFunction(lambda: None)
        with pytest.raises(DataError, match="no function"):
            FromFunction("nowhere:nothing").load()
        with pytest.raises(DataError, match="returns NoneType"):
            FromFunction(nothing).load()

    @pytest.mark.parametrize(
        ("inputs", "shape"),
        [
            (np.zeros((4, 5, 9), np.uint8), (1, 5, 9)),
            (np.zeros((4, 5, 9, 3), np.uint8), (3, 5, 9)),
            (np.zeros((4, 3, 5, 9), np.uint8), (3, 5, 9)),
            (np.zeros((4, 7)), (7,)),
            (np.zeros((4, 2, 7), np.float16), (2, 7)),
        ],
    )
    def test_images_are_given_channels_first_and_numbers_as_they_lie(self, inputs, shape):
        assert examples_of((inputs, [0, 1, 0, 1]), source="s").shape == shape

    @pytest.mark.parametrize(
        ("train", "test", "words"),
        [
            ((np.zeros(4), [0, 1, 0, 1]), None, "shape"),
            ((np.zeros((4, 2)), [0, 1, 0]), None, "one for each input"),
            ((np.full((4, 2), np.nan), [0, 1, 0, 1]), None, "example 0 holds nan"),
            ((np.array([["a"]] * 4), [0, 1, 0, 1]), None, "must be numbers"),
            ((np.zeros((4, 2)), [0.5, 1, np.nan, 1]), None, "label of example 2 is missing"),
            ((np.zeros((4, 2)), [0, 1, 0, 1]), (np.zeros((2, 3)), [0, 1]), "must have"),
            ((np.zeros((4, 2)), [0, 1, 0, 1]), (np.zeros((2, 2)), [0, 2]), "test side alone"),
            ((np.zeros((4, 2)), [5, 5, 5, 5]), None, "of the class '5'"),
            ((np.zeros((1, 2)), [0]), None, "1 examples"),
            ((np.zeros((4, 2)),), None, "1 arrays"),
            ((np.zeros((4, 2)), [0, 1, 0, 1], [1, 2]), None, "groups of shape"),
        ],
    )
    def test_arrays_of_no_use_are_refused_with_the_reason(self, train, test, words):
        with pytest.raises(DataError, match=words):
            examples_of(train, test, source="s")
