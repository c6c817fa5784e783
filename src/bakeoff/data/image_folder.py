"""Images in folders, one folder for each class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bakeoff.data.arrays import examples_of, file_stamp
from bakeoff.data.dataset import Dataset, Examples
from bakeoff.errors import DataError
from bakeoff.spec import PositiveInt, Spec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
"""The endings of image files; other files are ignored."""


class ImageFolder(Dataset):
    """Images in a folder for each class, maybe below ``train`` and ``test``.

    Attributes:
        path: the folder that holds those of the classes, or ``train`` and ``test`` that do.
        size: height and width to which images are resized; None where all are of one size.
        channels: 3 for colours, 1 for grey.

    Example:
        >>> shapes = ImageFolder("shapes").load()
        >>> shapes.shape, shapes.classes
        ((3, 16, 20), ('circle', 'square', 'triangle'))
    """

    path: str
    size: tuple[PositiveInt, PositiveInt] | None = None
    channels: Literal[1, 3] = 3

    def __init__(
        self,
        path: str | Path,
        *,
        size: int | tuple[int, int] | None = None,
        channels: Literal[1, 3] = 3,
    ) -> None:
        both = (size, size) if isinstance(size, int) else size
        Spec.__init__(self, path=str(path), size=both, channels=channels)

    def stamp(self) -> str:
        """Returns a hash that changes whenever an image, or what is made of it, does."""
        return file_stamp(self.read_from(), type(self).__name__, self.size, self.channels)

    def read(self) -> Examples:
        """Returns the images, ``(N, channels, rows, columns)``, and the folders' names as classes.

        Raises:
            DataError: there is no folder, no image, one that does not decode, or one of another
                size where none is given.
        """
        import numpy as np

        sides = {}
        shape: tuple[Path, tuple[int, int]] | None = None
        for side, by_class in self._sides().items():
            images, labels = [], []
            for name, files in by_class.items():
                for file in files:
                    image = self._decoded(file)
                    if shape is None:
                        shape = file, image.shape[:2]
                    elif image.shape[:2] != shape[1]:
                        raise DataError(
                            f"{file} is {_sides_of(image.shape[:2])} pixels, {shape[0]} "
                            f"{_sides_of(shape[1])}; give a size, size=32 say, to which all are "
                            "resized."
                        )
                    images.append(image)
                    labels.append(name)
            sides[side] = (np.stack(images).transpose(0, 3, 1, 2), np.array(labels))
        return examples_of(sides["train"], sides.get("test"), source=self.path)

    def read_from(self) -> tuple[Path, ...]:
        """Returns the images' files.

        Raises:
            DataError: there are none.
        """
        sides = self._sides().values()
        return tuple(file for by_class in sides for files in by_class.values() for file in files)

    def _sides(self) -> dict[str, dict[str, list[Path]]]:
        """Returns the images by side and class.

        Raises:
            DataError: there are none.
        """
        path = Path(self.path)
        if not path.is_dir():
            raise DataError(
                f"the folder {path} does not exist, or is a file; give a folder of images."
            )
        train, test = path / "train", path / "test"
        folders = {"train": train, "test": test} if train.is_dir() else {"train": path}
        if not test.is_dir():
            folders.pop("test", None)
        sides = {side: _images_by_class(folder) for side, folder in folders.items()}
        for side, by_class in sides.items():
            if not any(by_class.values()):
                raise DataError(
                    f"{folders[side]} holds no images; put them into a folder for each class. "
                    f"Images end in {', '.join(SUFFIXES)}."
                )
        return sides

    def _decoded(self, file: Path) -> NDArray[np.uint8]:
        """Returns an image ``(rows, columns, channels)``."""
        import numpy as np
        from PIL import Image

        try:
            with Image.open(file) as image:
                pixels = image.convert("L" if self.channels == 1 else "RGB")
                if self.size is not None and pixels.size != self.size[::-1]:
                    pixels = pixels.resize(self.size[::-1], Image.Resampling.BILINEAR)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise DataError(f"{file} cannot be decoded as an image: {error}.") from None
        return np.asarray(pixels, np.uint8).reshape(*pixels.size[::-1], self.channels)


def _images_by_class(folder: Path) -> dict[str, list[Path]]:
    folders = sorted(place for place in folder.iterdir() if place.is_dir())
    return {
        place.name: sorted(
            file for file in place.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file()
        )
        for place in folders
        if not place.name.startswith(".")
    }


def _sides_of(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
