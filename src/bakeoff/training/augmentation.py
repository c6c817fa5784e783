"""Augmentations: what is done to the examples of a batch before each step of training.

What they draw comes from a stream of their own, of study seed, round, epoch and place in the list
alone: rivals that declare the same augmentation and batch see the same augmented examples, and
dropout draws what it draws without. A checkpoint holds nothing of it, for every epoch starts anew.
"""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from bakeoff.errors import ModelError
from bakeoff.spec import Fraction, NonNegativeInt, PositiveFloat, PositiveInt, Spec, is_ours

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from bakeoff.data.task import Task
    from bakeoff.training.objective import Loss

Labels: TypeAlias = "Mapping[str, Tensor]"

Probability = Annotated[float, Field(gt=0, le=1)]
Angle = Annotated[float, Field(ge=0, le=180)]


@dataclass(frozen=True)
class Batch:
    """The examples of one step.

    Attributes:
        inputs: float32 ``(N, *task.input_shape)``.
        labels: by name, ``(N, ...)``.
        images: how many images an example shows: 2 of a pair, whose inputs are ``(N, 2, H, W)``.
        share: what an example counts by, where it is mixed with a partner, who has the rest.
        partners: the labels of the partners; empty where nothing is mixed.
        swap: the task's `Task.swapped`.

    Example:
        >>> import torch
        >>> labels = {"digit": torch.zeros(8, dtype=torch.int64)}
        >>> batch = Batch(inputs=torch.zeros(8, 1, 14, 14), labels=labels)
        >>> tuple(batch.inputs.shape)
        (8, 1, 14, 14)
    """

    inputs: Tensor
    labels: Labels
    images: int = 1
    share: float = 1.0
    partners: Labels = field(default_factory=dict)
    swap: Callable[[Labels], Labels] | None = None

    @property
    def each_image(self) -> Tensor:
        """Every image by itself, ``(N * images, channels, H, W)``."""
        _, channels, height, width = self.inputs.shape
        return self.inputs.reshape(-1, channels // self.images, height, width)

    def with_images(self, images: Tensor) -> Batch:
        """Returns the batch with other images, in the shape and order of `each_image`."""
        return replace(self, inputs=images.reshape(self.inputs.shape))


class Augmentation(Spec, ABC):
    """What is done to the training examples of a batch before a step. Subclass it with `apply`.

    Class attributes:
        changes_labels: whether it changes what is right; it then cannot make views for testing.

    Example:
        >>> class Noise(Augmentation):
        ...     '''Adds to each pixel what is drawn from a normal distribution.'''
        ...     sd: float = 0.1
        ...     def apply(self, batch, draw):
        ...         import torch
        ...         noise = torch.randn(batch.inputs.shape, generator=draw)
        ...         return replace(batch, inputs=batch.inputs + self.sd * noise.to(batch.inputs))
        >>> Noise(sd=0.2)
        Noise(sd=0.2)
    """

    changes_labels: ClassVar[bool] = False

    @abstractmethod
    def apply(self, batch: Batch, draw: Generator) -> Batch:
        """Returns the examples as they are trained on; those given stay as they are.

        Args:
            batch: the examples; `Batch.each_image` gives their images one by one.
            draw: torch's generator, on the CPU, that all randomness must come from.
        """

    def misfit(self, task: Task, losses: Sequence[Loss]) -> str:  # noqa: ARG002
        """Returns why it cannot be used, as the end of a sentence; empty where it can.

        Args:
            task: whose examples it changes.
            losses: that are trained on them.
        """
        return ""


class OfImages(Augmentation, ABC):
    """An augmentation of images: of each by itself, where an example shows several."""

    def misfit(self, task: Task, losses: Sequence[Loss]) -> str:  # noqa: ARG002
        """Returns a reason where inputs are no images."""
        if len(task.input_shape) == 3:
            return ""
        return f"it changes images, (channels, height, width), and inputs are {task.input_shape}"


class Warp(OfImages, ABC):
    """An augmentation that moves the pixels of images. Subclass it with `displacement`.

    Warps that follow each other are added up and resampled once, bicubically, so that images are
    hardly blurred. Beyond its edge an image goes on as its edge does.

    Example:
        >>> class ToTheRight(Warp):
        ...     '''Moves every image by a tenth of its width.'''
        ...     def displacement(self, images, height, width, draw):
        ...         import torch
        ...         moved = torch.zeros(images, height, width, 2)
        ...         moved[..., 0] = -0.1
        ...         return moved
        >>> ToTheRight()
        ToTheRight()
    """

    @abstractmethod
    def displacement(self, images: int, height: int, width: int, draw: Generator) -> Tensor:
        """Returns how far from its own place each pixel is taken, ``(images, 2, height, width)``.

        Across comes first, then down, in half widths and half heights of the image: -1 to 1 is
        from edge to edge.

        Args:
            images: how many.
            height: of each, in pixels.
            width: likewise.
            draw: what all randomness must come from.
        """

    def apply(self, batch: Batch, draw: Generator) -> Batch:
        """Returns the batch with its images warped."""
        return warped(batch, [(self, draw)])


class Affine(Warp):
    """Turns, shifts, stretches and shears images, each by amounts drawn evenly up to the most.

    Attributes:
        rotation: at most, to either side, in degrees.
        shift: at most, across and down, as a share of the width and the height.
        scale: at most, as a share of the size, larger or smaller, across and down apart.
        shear: at most, to either side, in degrees.

    Example:
        >>> Affine(rotation=15, shift=0.1)
        Affine(rotation=15.0, shift=0.1)
    """

    rotation: Angle = 0.0
    shift: Fraction = 0.0
    scale: Fraction = 0.0
    shear: Annotated[float, Field(ge=0, lt=90)] = 0.0

    def displacement(self, images: int, height: int, width: int, draw: Generator) -> Tensor:
        """Returns the difference that an affine map makes to each pixel's place."""
        import torch

        most = [math.radians(self.rotation), self.scale, self.scale]
        most += [math.tan(math.radians(self.shear)), 2 * self.shift, 2 * self.shift]
        drawn = (torch.rand(images, 6, generator=draw) * 2 - 1) * torch.tensor(most)
        angle, across, down, shear, right, below = drawn.unbind(1)
        cos, sin, across, down = angle.cos(), angle.sin(), 1 + across, 1 + down
        longest = max(height, width)
        x, y = width / longest, height / longest  # So that a turn keeps right angles.
        rows = [
            *((cos * across - 1), (shear - sin * down) * y / x, right),
            *(sin * across * x / y, (cos * down - 1), below),
        ]
        maps = torch.stack(rows, dim=1).reshape(2 * images, 3)
        return (maps @ _places(height, width)).reshape(images, 2, height, width)


class Elastic(Warp):
    """Moves a grid of points at random, and what lies between them smoothly (Simard et al. 2003).

    Attributes:
        displacement_sd: standard deviation of a point's move, as a share of the side.
        points: of the grid, along each side, from edge to edge.

    Example:
        >>> Recipe(epochs=30, augmentation=(Elastic(displacement_sd=0.02),)).extras()
        {'augmentation': (Elastic(displacement_sd=0.02),)}
    """

    displacement_sd: Annotated[float, Field(gt=0, lt=0.5)] = 0.03
    points: Annotated[int, Field(ge=2)] = 4

    def displacement(self, images: int, height: int, width: int, draw: Generator) -> Tensor:
        """Returns moves of points, normally distributed, and bicubic interpolation between them."""
        import torch

        moves = torch.randn(2 * images, self.points**2, generator=draw) * (2 * self.displacement_sd)
        between = _between_points(self.points, height, width)
        return (moves @ between).reshape(images, 2, height, width)


class Crop(Warp):
    """A window of each image at a random place, resized to the image's size.

    Attributes:
        padding: pixels that the window may reach beyond the image's edge, on each side.
        size: height and width of the window, in pixels; None for the image's own.

    Example:
        >>> Crop(padding=2)
        Crop(padding=2)
    """

    padding: NonNegativeInt = 0
    size: PositiveInt | None = None

    def misfit(self, task: Task, losses: Sequence[Loss]) -> str:
        """Returns a reason where the window is larger than the padded image, or all its place."""
        if reason := super().misfit(task, losses):
            return reason
        least = min(task.input_shape[1:])
        if (self.size or 0) > least + 2 * self.padding:
            return (
                f"its window of {self.size} pixels is larger than the image, {least} pixels and "
                f"{self.padding} of padding on each side"
            )
        if self.padding >= least:
            return f"it pads {self.padding} pixels beside an image of {least}; the most is less"
        if not self.padding and all(side == (self.size or side) for side in task.input_shape[1:]):
            return "a window of the image's size, without padding, has one place alone"
        return ""

    def displacement(self, images: int, height: int, width: int, draw: Generator) -> Tensor:
        """Returns a shift by whole pixels, of a window of another size a scaling as well."""
        import torch

        rows = []
        for axis, side in enumerate((width, height)):
            window = side if self.size is None else self.size
            places = side + 2 * self.padding - window + 1
            start = torch.randint(places, (images,), generator=draw) - self.padding
            moved = (2 * start + window) / side - 1
            row = torch.zeros(images, 3)
            row[:, axis], row[:, 2] = window / side - 1, moved
            rows.append(row)
        maps = torch.stack(rows, dim=1).reshape(2 * images, 3)
        return (maps @ _places(height, width)).reshape(images, 2, height, width)


class Flip(OfImages):
    """Mirrors images at random.

    Attributes:
        axis: ``horizontal`` swaps left and right, ``vertical`` top and bottom.
        probability: that an image is mirrored.

    Example:
        >>> Recipe(epochs=30, augmentation=(Flip(axis="vertical", probability=0.3),)).extras()
        {'augmentation': (Flip(axis='vertical', probability=0.3),)}
    """

    axis: Literal["horizontal", "vertical"] = "horizontal"
    probability: Probability = 0.5

    def apply(self, batch: Batch, draw: Generator) -> Batch:
        """Returns the batch with some of its images mirrored."""
        import torch

        images = batch.each_image
        chosen = torch.rand(len(images), 1, 1, 1, generator=draw) < self.probability
        mirrored = images.flip(-1 if self.axis == "horizontal" else -2)
        return batch.with_images(torch.where(chosen.to(images.device), mirrored, images))


class Gamma(OfImages):
    """Bends the scale of grey of each image: strokes become fuller or finer.

    A pixel at share p of the way from the image's darkest to its lightest comes to be at p to the
    power of gamma.

    Attributes:
        most: the logarithm of gamma is drawn evenly, up to so much to either side.

    Example:
        >>> Gamma(most=0.3)
        Gamma(most=0.3)
    """

    most: PositiveFloat = 0.5

    def apply(self, batch: Batch, draw: Generator) -> Batch:
        """Returns the batch with the pixels of its images between the same ends."""
        import torch

        images = batch.each_image
        low, high = (end(images, dim=(1, 2, 3), keepdim=True) for end in (torch.amin, torch.amax))
        drawn = torch.rand(len(images), 1, 1, 1, generator=draw).to(images.device)
        gamma = ((drawn * 2 - 1) * self.most).exp()
        span = (high - low).clamp_min(1e-12)
        return batch.with_images(((images - low) / span).clamp(0, 1) ** gamma * span + low)


class Erasing(OfImages):
    """Sets a rectangle of some images to 0, the mean of standardised pixels (Zhong et al. 2020).

    Attributes:
        probability: that an image loses a rectangle.
        least: of its area, as a share of the image's.
        most: likewise; shares are drawn evenly, and sides from 1 : 3 to 3 : 1 as far as they fit.

    Example:
        >>> Erasing(probability=0.3, most=0.2)
        Erasing(probability=0.3, most=0.2)
    """

    probability: Probability = 0.5
    least: Probability = 0.02
    most: Probability = 0.25

    def misfit(self, task: Task, losses: Sequence[Loss]) -> str:
        """Returns a reason where inputs are no images, or the least is above the most."""
        if self.least > self.most:
            return f"its least share, {self.least}, is above its most, {self.most}"
        return super().misfit(task, losses)

    def apply(self, batch: Batch, draw: Generator) -> Batch:
        """Returns the batch with rectangles erased."""
        import torch

        images = batch.each_image
        height, width = images.shape[2:]
        chance, share, ratio, top, left = torch.rand(5, len(images), generator=draw)
        area = self.least + (self.most - self.least) * share
        # A rectangle of more than a third of the area would not fit at 1 : 3.
        ratio = (1 / area).clamp(max=3) ** (2 * ratio - 1)
        spans = []
        for side, length, start in (
            (height, (area * ratio).sqrt(), top),
            (width, (area / ratio).sqrt(), left),
        ):
            pixels = (length * side).round().clamp(1, side)
            first = (start * (side - pixels + 1)).floor()
            place = torch.arange(side)
            spans.append((place >= first[:, None]) & (place < (first + pixels)[:, None]))
        rows, columns = spans
        erased = rows[:, :, None] & columns[:, None] & (chance < self.probability)[:, None, None]
        return batch.with_images(images.masked_fill(erased[:, None].to(images.device), 0.0))


class Mixup(Augmentation):
    """Mixes each example with another of the batch, inputs and labels alike (Zhang et al. 2018).

    The share of an example is drawn once a batch, from a symmetric beta distribution. The loss is
    mixed instead of the label, which is the same where a loss is linear in the label.

    Attributes:
        alpha: of the beta distribution: near 0 examples are hardly mixed, 1 draws shares evenly.

    Example:
        >>> Mixup(alpha=0.4)
        Mixup(alpha=0.4)
    """

    changes_labels = True

    alpha: PositiveFloat = 0.2

    def misfit(self, task: Task, losses: Sequence[Loss]) -> str:  # noqa: ARG002
        """Returns a reason where a loss takes no soft labels."""
        for term in losses:
            if not term.takes_soft_labels:
                return (
                    f"it mixes labels, and {term!r} takes none that are mixed; where the loss is "
                    "linear in the label, its class can say takes_soft_labels = True"
                )
        return ""

    def apply(self, batch: Batch, draw: Generator) -> Batch:
        """Returns the batch mixed with itself in another order."""
        import torch
        from scipy.special import betaincinv  # type: ignore[import-untyped]

        order = torch.randperm(len(batch.inputs), generator=draw).to(batch.inputs.device)
        even = torch.rand((), generator=draw, dtype=torch.float64).item()
        share = float(betaincinv(self.alpha, self.alpha, even))
        return replace(
            batch,
            inputs=torch.lerp(batch.inputs[order], batch.inputs, share),
            share=share,
            partners={name: label[order] for name, label in batch.labels.items()},
        )


class SwapImages(Augmentation):
    """Swaps the two images of some pairs; the labels become those of the swapped pair.

    Attributes:
        probability: that a pair is swapped.

    Example:
        >>> Recipe(epochs=30, augmentation=(SwapImages(), Affine(rotation=10))).augmentation[0]
        SwapImages()
    """

    changes_labels = True

    probability: Probability = 0.5

    def misfit(self, task: Task, losses: Sequence[Loss]) -> str:  # noqa: ARG002
        """Returns a reason where examples are no pairs, or labels of a swapped one are unknown."""
        if task.images == 2 and task.can_swap:
            return ""
        return f"it swaps the images of pairs, which {type(task).__name__} does not show"

    def apply(self, batch: Batch, draw: Generator) -> Batch:
        """Returns the batch with some of its pairs swapped."""
        import torch

        chosen = torch.rand(len(batch.inputs), generator=draw) < self.probability
        chosen = chosen.to(batch.inputs.device)
        images = batch.inputs.reshape(len(chosen), 2, -1)
        swapped = torch.where(chosen[:, None, None], images.flip(1), images)

        def of_swapped(labels: Labels) -> Labels:
            assert batch.swap is not None, "misfit refuses a task that cannot swap"
            others = batch.swap(labels)
            if missing := [name for name in labels if name not in others]:
                raise ModelError(f"the task's swapped gives no labels {missing[0]!r}")
            return {
                name: torch.where(chosen.reshape(-1, *[1] * (label.dim() - 1)), others[name], label)
                for name, label in labels.items()
            }

        return replace(
            batch,
            inputs=swapped.reshape(batch.inputs.shape),
            labels=of_swapped(batch.labels),
            partners=of_swapped(batch.partners) if batch.partners else {},
        )


class Views(Spec):
    """Test-time augmentation: a network's answer is the mean over several views of an example.

    What losses say is averaged, as `Loss.averaged` does: probabilities for classes. The final
    figures and answers are those of the views, of every split; curves are without, for views cost
    as many passes as there are. Views are drawn anew for every round, the same for all rivals.

    Attributes:
        augmentation: what makes a view.
        number: of views, the example as it is among them.

    Example:
        >>> Views(augmentation=(Affine(rotation=5),), number=4)
        Views(augmentation=(Affine(rotation=5.0),), number=4)
    """

    augmentation: Annotated[tuple[Augmentation, ...], Field(min_length=1)]
    number: Annotated[int, Field(ge=2)] = 8


def augmented(
    batch: Batch, augmentations: Sequence[Augmentation], draws: Sequence[Generator]
) -> Batch:
    """Returns the examples of a step as they are trained on.

    Args:
        batch: as drawn.
        augmentations: in order; warps that follow each other resample once.
        draws: the generator of each.

    Raises:
        ModelError: a user's own gives something else than a batch of the same examples.
    """
    waiting: list[tuple[Warp, Generator]] = []
    for augmentation, draw in zip(augmentations, draws, strict=True):
        if isinstance(augmentation, Warp):
            waiting.append((augmentation, draw))
            continue
        given, waiting = warped(batch, waiting), []
        batch = augmentation.apply(given, draw)
        if not is_ours(augmentation) and (reason := _unlike(batch, given)):
            raise ModelError(f"the augmentation {augmentation!r} gives {reason}")
    return warped(batch, waiting)


def warped(batch: Batch, warps: Sequence[tuple[Warp, Generator]]) -> Batch:
    """Returns a batch with its images resampled once, along the sum of all displacements."""
    from torch.nn.functional import grid_sample

    if not warps:
        return batch
    images = batch.each_image
    count, _, height, width = images.shape
    grid = _places(height, width)[:2].reshape(2, height, width)
    for warp, draw in warps:
        moved = warp.displacement(count, height, width, draw)
        if moved.shape != (count, *grid.shape[-3:]) or not (is_ours(warp) or _is_finite(moved)):
            raise ModelError(
                f"the augmentation {warp!r} moves pixels by a tensor of shape "
                f"{tuple(moved.shape)}; its displacement must return "
                f"{(count, *grid.shape[-3:])}, all of it finite"
            )
        grid = grid + moved
    grid = grid.permute(0, 2, 3, 1).to(images.device)
    return batch.with_images(
        grid_sample(images, grid, mode="bicubic", padding_mode="border", align_corners=False)
    )


def _unlike(batch: Batch, given: Batch) -> str:
    """Returns what is wrong with a batch that was made of another; empty for nothing."""
    if not isinstance(batch, Batch):
        return (
            f"{type(batch).__name__!r}; its apply must return a Batch: replace(batch, inputs=...)"
        )
    for old, new, what in (
        (given.inputs, batch.inputs, "inputs"),
        *((old, batch.labels.get(name), name) for name, old in given.labels.items()),
        *((old, batch.partners.get(name), name) for name, old in given.partners.items()),
    ):
        if new is None:
            return f"no labels {what!r}; it must keep all that it is given"
        if (new.shape, new.dtype) != (old.shape, old.dtype):
            return (
                f"{what} of shape {tuple(new.shape)} and type {new.dtype}; they must be as they "
                f"were, {tuple(old.shape)} and {old.dtype}"
            )
    if not _is_finite(batch.inputs):
        return "inputs that hold NaN or infinity"
    return ""


def _is_finite(values: Tensor) -> bool:
    return bool(values.isfinite().all())


@functools.cache
def _places(height: int, width: int) -> Tensor:
    """Returns the place of each pixel's centre, across and down from -1 to 1, over a row of 1s."""
    import torch

    down, across = torch.meshgrid(
        *((2 * torch.arange(side) + 1) / side - 1 for side in (height, width)), indexing="ij"
    )
    return torch.stack([across.flatten(), down.flatten(), torch.ones(height * width)])


@functools.cache
def _between_points(points: int, height: int, width: int) -> Tensor:
    """Returns what each point of a grid adds to each pixel, ``(points ** 2, height * width)``."""
    import torch
    from torch.nn.functional import interpolate

    each = torch.eye(points**2).reshape(1, points**2, points, points)
    smooth = interpolate(each, size=(height, width), mode="bicubic", align_corners=True)
    return smooth.reshape(points**2, height * width)
