"""Tables: rows of a CSV or Parquet file as examples."""

from __future__ import annotations

import warnings
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from bakeoff.data.arrays import file_stamp
from bakeoff.data.dataset import Dataset, Examples, Place, Pool
from bakeoff.data.labels import classes_of
from bakeoff.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

TABLES = (".csv", ".tsv", ".parquet")
"""What a table's name ends in."""

MOST_CATEGORIES = 100
"""Values of a column of text beyond which it is taken for names, not categories."""


class Table(Dataset):
    """Rows of a CSV or Parquet file: one column is the label, others are the inputs.

    Numbers are inputs as they are, which a task standardises by its training split. A column of
    text is one input for each of its values, 1 where the row has it. Whole numbers, truth values
    and text in the target are classes; other numbers are numbers, as is all that `target_is` says.

    Attributes:
        file: its name ends in ``.csv``, ``.tsv`` or ``.parquet``.
        target: the column to predict, or several of numbers.
        features: the columns to predict it from; none for all others.
        groups: a column whose rows of one value stay in one split.
        missing: what to do with missing numbers: ``refuse`` them, or impute the ``mean`` or the
            ``median`` of the training split.
        target_is: ``classes`` or ``numbers``; None to go by the column.

    Example:
        >>> irises = Table("iris.csv", target="species")
        >>> examples = irises.load()
        >>> examples.shape, examples.classes
        ((4,), ('setosa', 'versicolor', 'virginica'))
    """

    file: Place = Field(kw_only=False)
    target: str | tuple[str, ...]
    features: tuple[str, ...] = ()
    groups: str | None = None
    missing: Literal["refuse", "mean", "median"] = "refuse"
    target_is: Literal["classes", "numbers"] | None = None

    @model_validator(mode="after")
    def _each_column_once(self) -> Self:
        targets = (self.target,) if isinstance(self.target, str) else self.target
        for names, field in ((targets, "target"), (self.features, "features")):
            if twice := [name for name, n in Counter(names).items() if n > 1]:
                raise ValueError(f"Table.{field} names the column {twice[0]!r} twice")
        if again := [name for name in self.features if name in targets]:
            raise ValueError(
                f"Table: the column {again[0]!r} is to be predicted, and cannot be an input too; "
                "leave it out of `features`"
            )
        return self

    def read_from(self) -> tuple[Path, ...]:
        """Returns the one file."""
        return (Path(self.file),)

    def stamp(self) -> str:
        """Returns a hash that changes whenever the file or what is read from it does."""
        options = self.target, self.features, self.groups, self.missing, self.target_is
        return file_stamp(self.read_from(), type(self).__name__, *options)

    def read(self) -> Examples:
        """Returns a row's inputs ``(columns,)`` and its label.

        Raises:
            DataError: the file cannot be read, a column is missing, or holds what cannot be used.
        """
        return self.examples(self._frame())

    def examples(self, frame: Any) -> Examples:
        """Returns the examples of a pandas DataFrame as those of the file would be.

        Raises:
            DataError: a column is missing, or holds what cannot be used.
        """
        import numpy as np

        targets = (self.target,) if isinstance(self.target, str) else self.target
        features = self._features(frame)
        named = [*targets, *([self.groups] if self.groups else [])]
        for name in (*named, *features):
            if name not in frame.columns:
                columns = list(map(str, frame.columns))
                raise DataError(
                    f"{self.file} has no column {name!r}{nearest(name, columns) or '.'} Its "
                    f"columns are {', '.join(columns)}."
                )
        if not features:
            raise DataError(
                f"{self.file} has no column but {', '.join(named)}: nothing to learn from."
            )
        if len(frame) < 2:
            raise DataError(
                f"{self.file} holds {len(frame)} row{'' if len(frame) == 1 else 's'}; nothing can "
                "be compared on them."
            )
        inputs: list[NDArray[np.float64]] = []
        categories: list[bool] = []
        for name in features:
            values = self._encoded(frame[name])
            inputs.append(values)
            categories += [frame[name].dtype.kind not in "biuf"] * values.shape[1]
        labels, classes, remarks = self._labels(frame, targets)
        groups = None if self.groups is None else frame[self.groups].factorize()[0]
        pool = Pool(np.concatenate(inputs, axis=1).astype(np.float32), labels, groups)
        return Examples(
            pool,
            classes=classes,
            categories=tuple(categories),
            impute="" if self.missing == "refuse" else self.missing,
            remarks=remarks,
        )

    def columns(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Returns the columns that are inputs, each with its categories, none for numbers.

        Raises:
            DataError: the file cannot be read.
        """
        frame = self._frame()
        return tuple(
            (str(name), () if frame[name].dtype.kind in "biuf" else categories_of(frame[name]))
            for name in self._features(frame)
        )

    def _features(self, frame: Any) -> list[str]:
        targets = (self.target,) if isinstance(self.target, str) else self.target
        return list(self.features) or [
            name for name in frame.columns if name not in {*targets, self.groups}
        ]

    def _frame(self) -> Any:
        if Path(self.file).suffix.lower() not in TABLES:
            raise DataError(
                f"{self.file} is no table; its name must end in .csv, .tsv or .parquet."
            )
        try:
            return read_frame(Path(self.file))
        except OSError as error:
            raise DataError(f"{self.file} cannot be read as a table: {error}.") from None
        except ValueError as error:
            raise DataError(f"{self.file} {error}.") from None

    def _encoded(self, column: Any) -> NDArray[np.float64]:
        """Returns a column's inputs ``(rows, inputs)``."""
        import numpy as np

        if column.dtype.kind in "biuf":
            numbers = np.asarray(column, np.float64)
            endless = np.flatnonzero(np.isinf(numbers))
            if len(endless):
                raise DataError(
                    f"{self.file}: the column {column.name!r} holds {numbers[endless[0]]} in row "
                    f"{endless[0] + 1:,}; inputs must be finite."
                )
            missing = np.flatnonzero(np.isnan(numbers))
            if len(missing) and self.missing == "refuse":
                raise DataError(self._missing(column.name, missing))
            if len(missing) == len(numbers):
                raise DataError(
                    f"{self.file}: the column {column.name!r} has no value at all; leave it out of "
                    "`features`."
                )
            return numbers[:, None]
        if column.dtype.kind == "M":
            raise DataError(
                f"{self.file}: the column {column.name!r} holds dates; make numbers of them, days "
                "say, or leave it out."
            )
        missing = np.flatnonzero(column.isna().to_numpy())
        if len(missing) and self.missing == "refuse":
            raise DataError(self._missing(column.name, missing))
        # A missing text is none of the categories.
        values = categories_of(column)
        if len(values) > MOST_CATEGORIES:
            raise DataError(
                f"{self.file}: the column {column.name!r} holds {len(values)} different texts, "
                f"{values[0]!r} and {values[1]!r} say; more than {MOST_CATEGORIES} are no "
                "categories. Leave it out of `features`."
            )
        texts = column.astype(str).to_numpy()
        columns = np.stack([texts == value for value in values], axis=1)
        return np.asarray(columns, np.float64)

    def _missing(self, name: str, rows: NDArray[np.int64]) -> str:
        more = f" and {len(rows) - 1:,} more" if len(rows) > 1 else ""
        return (
            f"{self.file}: the column {name!r} has no value in row {rows[0] + 1:,}{more}; fill it "
            "in, leave the column out, or give missing='mean'."
        )

    def _labels(
        self, frame: Any, targets: tuple[str, ...]
    ) -> tuple[NDArray[np.generic], tuple[str, ...], tuple[str, ...]]:
        import numpy as np

        if len(targets) > 1:
            columns = [self._label(frame[name], "numbers")[0] for name in targets]
            return np.stack(columns, axis=1), (), ()
        return self._label(frame[targets[0]], self.target_is)

    def _label(
        self, column: Any, target_is: Literal["classes", "numbers"] | None
    ) -> tuple[NDArray[np.generic], tuple[str, ...], tuple[str, ...]]:
        import numpy as np

        missing = np.flatnonzero(column.isna().to_numpy())
        if len(missing):
            raise DataError(
                f"{self.file}: the target {column.name!r} has no value in row {missing[0] + 1:,}; "
                "leave out rows without one."
            )
        by_column = "numbers" if column.dtype.kind == "f" else "classes"
        if (target_is or by_column) == "numbers":
            if column.dtype.kind not in "biuf":
                raise DataError(
                    f"{self.file}: the target {column.name!r} holds {column.iloc[0]!r}, where "
                    "numbers are asked for; give target_is='classes', or another column."
                )
            return column.to_numpy(dtype=np.float32), (), ()
        values = column.to_numpy() if column.dtype.kind in "biuf" else column.astype(str).to_numpy()
        labels, classes, remarks = classes_of({"train": values}, str(self.file))
        return labels["train"], classes, remarks


def read_frame(file: Path) -> Any:
    """Returns the DataFrame of a file whose name ends as a table's does.

    Raises:
        ValueError: it is no table; the message says why, and follows the name of the file.
        OSError: it cannot be read.
    """
    import pandas as pd

    if file.suffix.lower() == ".parquet":
        try:
            return pd.read_parquet(file)
        except ImportError:
            raise ValueError(
                "is a Parquet file, which takes a package to read: pip install pyarrow, or write a "
                "CSV file"
            ) from None
    read: Callable[..., Any] = partial(
        pd.read_csv, file, sep="," if file.suffix.lower() == ".csv" else "\t", encoding="utf-8-sig"
    )
    try:
        # pandas would call the second of two "x" columns "x.1".
        names = read(header=None, nrows=1, dtype=str).iloc[0].tolist()
        twice = [name for name, n in Counter(names).items() if n > 1]
        if twice:
            raise ValueError(f"has two columns called {twice[0]!r}; give each its own name")
        # Where rows have a field more than the header, pandas would take the first for an index.
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return read(index_col=False)
    except pd.errors.ParserWarning:
        raise ValueError(
            f"has rows of more fields than the {len(names)} of its header; name every column"
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError) as error:
        raise ValueError(f"cannot be read as a table: {error}") from None


def categories_of(column: Any) -> tuple[str, ...]:
    """Returns the texts that a column of a DataFrame holds, in order."""
    return tuple(sorted(column.dropna().astype(str).unique()))
