"""Augmentations: exact where they can be, drawn from a stream of their own, the same for rivals."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bakeoff.data.arrays import FromFunction
from bakeoff.data.supervised import Classification, Regression
from bakeoff.data.tasks import DigitPairs, Digits, KFold
from bakeoff.errors import ModelError, SpecError
from bakeoff.models.layers import Dropout, Linear, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant
from bakeoff.training import loop
from bakeoff.training.augmentation import (
    Affine,
    Augmentation,
    Batch,
    Crop,
    Elastic,
    Erasing,
    Flip,
    Gamma,
    Mixup,
    OfImages,
    SwapImages,
    Warp,
    augmented,
)
from bakeoff.training.loop import train
from bakeoff.training.objective import (
    AbsoluteError,
    BinaryCrossEntropy,
    CrossEntropy,
    Loss,
    Objective,
    SquaredError,
)
from bakeoff.training.recipe import Recipe

NETWORK = Network(Linear(2), Head("comparison"))


def draws(number, seed=0):
    return [torch.Generator().manual_seed(seed + place) for place in range(number)]


def pairs(n=20, size=(14, 14), seed=0):
    """Return a batch of pairs, no two pixels alike."""
    generator = torch.Generator().manual_seed(seed)
    digits = torch.randint(10, (n, 2), generator=generator)
    labels = {"digits": digits, "comparison": (digits[:, 0] <= digits[:, 1]).long()}
    inputs = torch.randn(n, 2, *size, generator=generator)
    return Batch(inputs, labels, images=2, swap=DigitPairs().swapped)


def after(given, *augmentations, seed=0):
    """Return an augmented batch, having checked that the one given stays as it is."""
    before = copy.deepcopy((given.inputs, dict(given.labels), dict(given.partners)))
    found = augmented(given, augmentations, draws(len(augmentations), seed))
    assert torch.equal(given.inputs, before[0])
    for now, then in ((given.labels, before[1]), (given.partners, before[2])):
        assert now.keys() == then.keys()
        assert all(torch.equal(now[name], then[name]) for name in now)
    return found


def moved(image, down, across):
    """Return an image whose pixels are taken from so far down and across, edges replicated."""
    height, width = image.shape[-2:]
    rows = (torch.arange(height) + down).clamp(0, height - 1)
    columns = (torch.arange(width) + across).clamp(0, width - 1)
    return image[..., rows, :][..., columns]


class Moved(Warp):
    """A user's own: every image by the same number of pixels."""

    down: int = 0
    across: int = 0

    def displacement(self, images, height, width, draw):  # noqa: ARG002
        shares = torch.tensor([2 * self.across / width, 2 * self.down / height])
        return shares[:, None, None].expand(images, 2, height, width)


class Doubled(Augmentation):
    def apply(self, batch, draw):  # noqa: ARG002
        return replace(batch, inputs=batch.inputs * 2)


class Odd(Augmentation):
    """It returns what it must not."""

    what: str

    def apply(self, batch, draw):  # noqa: ARG002
        inputs = batch.inputs
        return {
            "type": lambda: inputs,
            "shape": lambda: replace(batch, inputs=inputs[..., 1:]),
            "double": lambda: replace(batch, inputs=inputs.double()),
            "NaN": lambda: replace(batch, inputs=inputs / 0),
            "labels": lambda: replace(batch, labels={}),
            "fewer": lambda: replace(batch, labels={n: v[1:] for n, v in batch.labels.items()}),
        }[self.what]()


@pytest.mark.parametrize("size", [(14, 14), (9, 20)])
@pytest.mark.parametrize("none", [Affine(), Moved(), Elastic(displacement_sd=1e-9)], ids=repr)
def test_a_warp_of_nothing_changes_nothing(none, size):
    batch = pairs(size=size)
    assert torch.allclose(after(batch, none).inputs, batch.inputs, atol=1e-5)


@given(st.integers(-14, 14), st.integers(-14, 14), st.sampled_from([(14, 14), (7, 12), (28, 28)]))
@settings(max_examples=40)
def test_a_warp_by_whole_pixels_is_a_shift_with_edges_replicated(down, across, size):
    batch = pairs(n=3, size=size)
    found = after(batch, Moved(down=down, across=across)).inputs
    assert torch.allclose(found, moved(batch.inputs, down, across), atol=1e-4)


@given(st.integers(1, 6), st.sampled_from([(14, 14), (7, 12)]), st.integers(0, 5))
@settings(max_examples=25)
def test_a_crop_with_padding_is_one_of_the_shifts_by_whole_pixels(padding, size, seed):
    batch = pairs(n=4, size=size)
    found = after(batch, Crop(padding=padding), seed=seed).each_image
    span = range(-padding, padding + 1)
    for one, image in zip(found, batch.each_image, strict=True):
        places = [(down, across) for down in span for across in span]
        assert any(torch.allclose(one, moved(image, *place), atol=1e-4) for place in places)


def test_crops_reach_every_place_and_no_other():
    batch = Batch(torch.arange(9.0).reshape(1, 1, 3, 3).repeat(2000, 1, 1, 1), {})
    middles = after(batch, Crop(padding=1)).inputs[:, 0, 1, 1].round(decimals=3)
    assert set(middles.tolist()) == set(map(float, range(9)))


def test_a_smaller_window_is_stretched_to_the_image():
    # A ramp stays a ramp, but for what is bent between pixels: half as steep, half of it shown.
    ramp = torch.arange(8.0).repeat(8, 1)
    batch = Batch(ramp.repeat(50, 1, 1, 1), {})
    found = after(batch, Crop(size=4)).inputs[:, 0]
    slopes = found[:, :, 2:-2].diff(dim=-1)
    assert torch.allclose(slopes, torch.full_like(slopes, 0.5), atol=0.15)
    assert slopes.mean().item() == pytest.approx(0.5, abs=0.05)
    starts = {round(float(row[0, 2:6].mean() - 1.5)) for row in found}
    assert starts == {0, 1, 2, 3, 4}


@given(st.floats(0.05, 0.5), st.integers(0, 9))
@settings(max_examples=20)
def test_an_affine_shift_moves_at_most_as_far_as_it_says(shift, seed):
    across = ((2 * torch.arange(40) + 1) / 40 - 1).repeat(40, 1)
    batch = Batch(across.repeat(64, 1, 1, 1), {})
    found = after(batch, Affine(shift=shift), seed=seed).inputs[:, 0, 20, 20]
    far = (found - across[20, 20]).abs().max()
    assert far <= 2 * shift + 0.2 / 40  # Between pixels a ramp is bent by a tenth of one.
    assert far > shift


def test_a_quarter_turn_is_numpys_on_squares_and_keeps_right_angles_elsewhere():
    class Turned(Affine):
        """As many degrees as it says, always to one side."""

        def displacement(self, images, height, width, draw):
            whole = super().displacement(4000, height, width, draw)
            # The draw that turned furthest: the corner is as far away as it gets.
            furthest = whole.square().sum(dim=(1, 2, 3)).argmax()
            return whole[furthest].expand(images, 2, height, width)

    batch = pairs(n=2, size=(12, 12))
    found = after(batch, Turned(rotation=90)).inputs
    ways = [torch.rot90(batch.inputs, k, (2, 3)) for k in (1, 3)]
    assert min((found - way).abs().mean() for way in ways) < 0.02
    # A square drawn on a wide image, turned by half a right angle, is as large as before.
    wide = torch.zeros(1, 1, 40, 80)
    wide[..., 10:30, 30:50] = 1
    turned = after(Batch(wide, {}), Turned(rotation=45)).inputs
    assert turned.sum() == pytest.approx(400, rel=0.02)
    assert (turned[0, 0].sum(0) > 0.5).sum() == pytest.approx(28, abs=2)
    assert (turned[0, 0].sum(1) > 0.5).sum() == pytest.approx(28, abs=2)


def test_warps_in_a_row_resample_once():
    batch = pairs()
    half = Affine(shift=0.04)  # Half a pixel at most, which blurs.
    one, other = (half.displacement(40, 14, 14, draw) for draw in draws(2))

    class Both(Warp):
        def displacement(self, images, height, width, draw):  # noqa: ARG002
            return one + other

    both = after(batch, Both()).inputs
    assert torch.allclose(after(batch, half, half).inputs, both, atol=1e-5)
    twice = augmented(augmented(batch, [half], draws(1)), [half], draws(1, seed=1))
    assert not torch.allclose(twice.inputs, after(batch, half, half).inputs, atol=1e-3)


def test_what_stands_between_two_warps_sees_the_first_alone():
    batch = pairs()
    found = after(batch, Moved(down=2), Doubled(), Moved(down=1))
    assert torch.allclose(found.inputs, 2 * moved(batch.inputs, 3, 0), atol=1e-4)


@pytest.mark.parametrize(("axis", "dim"), [("horizontal", 3), ("vertical", 2)])
def test_a_certain_flip_mirrors_every_image_and_twice_is_nothing(axis, dim):
    flip = Flip(axis=axis, probability=1.0)
    batch = pairs(size=(7, 12))
    assert torch.equal(after(batch, flip).inputs, batch.inputs.flip(dim))
    assert torch.equal(after(batch, flip, flip).inputs, batch.inputs)


MOVING = [Flip(), Affine(shift=0.3), Elastic(displacement_sd=0.1), Crop(padding=3), Erasing()]


@pytest.mark.parametrize("moving", MOVING, ids=repr)
def test_each_image_of_a_pair_is_moved_by_itself(moving):
    inputs = torch.randn(30, 1, 14, 14).repeat(1, 2, 1, 1)
    found = after(Batch(inputs, {}, images=2), moving).inputs
    alike = (found[:, 0] == found[:, 1]).flatten(1).all(1)
    assert 0 <= alike.sum() < 25


@pytest.mark.parametrize("moving", MOVING, ids=repr)
def test_colour_channels_are_moved_together(moving):
    inputs = torch.randn(30, 1, 14, 14).repeat(1, 3, 1, 1)
    found = after(Batch(inputs, {}), moving).inputs
    assert torch.equal(found[:, 0], found[:, 1])
    assert torch.equal(found[:, 0], found[:, 2])
    assert not torch.equal(found, inputs)


@given(st.floats(0.01, 1), st.floats(0.01, 1), st.integers(0, 9))
@settings(max_examples=40)
def test_what_is_erased_is_one_rectangle_of_a_size_as_declared(one, other, seed):
    least, most = sorted((one, other))
    side = 40
    erasing = Erasing(probability=1.0, least=least, most=most)
    batch = Batch(torch.ones(40, 1, side, side), {})
    for image in after(batch, erasing, seed=seed).inputs[:, 0] == 0:
        rows, columns = image.any(1), image.any(0)
        height, width = int(rows.sum()), int(columns.sum())
        assert image.sum() == height * width  # A rectangle,
        for spanned in (rows, columns):  # without a gap.
            places = spanned.nonzero()
            assert places.max() - places.min() + 1 == len(places)
        # Sides are rounded to pixels.
        low = (height - 0.5) * (width - 0.5)
        high = (height + 0.5) * (width + 0.5)
        assert high >= least * side**2 - 1e-3
        assert low <= most * side**2 + 1e-3


def test_as_many_are_erased_as_the_probability_says():
    batch = Batch(torch.ones(2000, 1, 14, 14), {})
    share = (after(batch, Erasing(probability=0.3)).inputs == 0).flatten(1).any(1).float().mean()
    assert share == pytest.approx(0.3, abs=0.04)


@given(st.floats(0.1, 2.0), st.integers(0, 9))
@settings(max_examples=20)
def test_gamma_keeps_the_ends_and_the_order_of_greys(most, seed):
    batch = pairs(n=8, seed=seed)
    images, bent = batch.each_image.flatten(1), after(batch, Gamma(most=most)).each_image.flatten(1)
    torch.testing.assert_close(bent.amin(1), images.amin(1))
    torch.testing.assert_close(bent.amax(1), images.amax(1))
    order = images.argsort(dim=1)
    assert (bent.gather(1, order).diff(dim=1) >= -1e-6).all()
    shares = [(x - x.amin(1, True)) / (x.amax(1, True) - x.amin(1, True)) for x in (images, bent)]
    inside = (shares[0] > 0.1) & (shares[0] < 0.9)
    for before, now, within in zip(*shares, inside, strict=True):
        gammas = now[within].log() / before[within].log()
        assert gammas.std() < 1e-3 * gammas.mean()
        assert gammas.mean().log().abs() <= most + 1e-3


def test_a_swapped_pair_has_the_labels_of_the_other_order_also_where_digits_are_equal():
    batch = pairs(n=300)
    equal = batch.labels["digits"][:, 0] == batch.labels["digits"][:, 1]
    assert equal.any()
    found = after(batch, SwapImages(probability=1.0))
    assert torch.equal(found.inputs, batch.inputs.flip(1))
    assert torch.equal(found.labels["digits"], batch.labels["digits"].flip(1))
    first, second = found.labels["digits"].unbind(1)
    assert torch.equal(found.labels["comparison"], (first <= second).long())
    assert found.labels["comparison"][equal].all()
    assert found.labels["comparison"].dtype == torch.int64
    some = after(batch, SwapImages())
    swapped = (some.inputs == batch.inputs.flip(1)).flatten(1).all(1)
    assert 0.4 < swapped.float().mean() < 0.6
    for name, label in batch.labels.items():
        assert torch.equal(some.labels[name][~swapped], label[~swapped])
        assert torch.equal(some.labels[name][swapped], found.labels[name][swapped])


def test_what_is_mixed_is_swapped_with_its_partner():
    batch = pairs(n=50)
    mixed = after(batch, Mixup(alpha=1.0))
    found = after(batch, Mixup(alpha=1.0), SwapImages(probability=1.0))
    assert torch.equal(found.inputs, mixed.inputs.flip(1))
    assert torch.equal(found.partners["digits"], mixed.partners["digits"].flip(1))
    swapped = DigitPairs().swapped(mixed.partners)
    assert torch.equal(found.partners["comparison"], swapped["comparison"])


def test_mixup_mixes_each_with_a_partner_whose_labels_it_keeps():
    batch = pairs(n=30)
    found = after(batch, Mixup(alpha=1.0))
    assert 0 < found.share < 1
    order = [
        next(
            n
            for n, other in enumerate(batch.inputs)
            if torch.allclose(found.share * one + (1 - found.share) * other, mix, atol=1e-5)
        )
        for one, mix in zip(batch.inputs, found.inputs, strict=True)
    ]
    assert sorted(order) == list(range(30))
    for name, label in batch.labels.items():
        assert torch.equal(found.labels[name], label)
        assert torch.equal(found.partners[name], label[order])


def test_shares_are_those_of_a_beta_distribution():
    batch = Batch(torch.zeros(2, 1), {})
    shares = np.array([after(batch, Mixup(alpha=0.2), seed=seed).share for seed in range(400)])
    from scipy import stats

    assert stats.kstest(shares, stats.beta(0.2, 0.2).cdf).pvalue > 0.001


def mixed_loss(loss, output, batch):
    fitted = ((loss, loss.fitted(batch.labels["y"], (3,))),)
    from bakeoff.training.losses import FittedLoss

    return loop.batch_loss([FittedLoss(*each) for each in fitted], {"h": output}, batch, 0)


def test_the_loss_of_what_is_mixed_is_that_of_the_soft_label():
    generator = torch.Generator().manual_seed(0)
    output = torch.randn(40, 3, generator=generator)
    label = torch.randint(3, (40,), generator=generator)
    batch = after(Batch(torch.randn(40, 4, generator=generator), {"y": label}), Mixup(alpha=1.0))
    one, other = (
        torch.nn.functional.one_hot(each["y"], 3).float() for each in (batch.labels, batch.partners)
    )
    soft = batch.share * one + (1 - batch.share) * other
    found = mixed_loss(CrossEntropy("h", label="y"), output, batch)
    assert found.item() == pytest.approx(torch.nn.functional.cross_entropy(output, soft).item())
    two = after(Batch(batch.inputs, {"y": label.clamp(max=1)}), Mixup(alpha=1.0))
    soft = two.share * two.labels["y"] + (1 - two.share) * two.partners["y"]
    found = mixed_loss(BinaryCrossEntropy("h", label="y"), output[:, 0], two)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(output[:, 0], soft)
    assert found.item() == pytest.approx(expected.item())


def test_the_gradient_of_a_mixed_squared_error_is_that_of_the_mixed_number():
    output = torch.randn(40, requires_grad=True)
    batch = after(Batch(torch.randn(40, 4), {"y": torch.randn(40)}), Mixup(alpha=1.0))
    mixed_loss(SquaredError("h", label="y"), output, batch).backward()
    soft = batch.share * batch.labels["y"] + (1 - batch.share) * batch.partners["y"]
    expected = torch.autograd.grad((output - soft).square().mean(), output)[0]
    assert torch.allclose(output.grad, expected, atol=1e-6)


# What rivals see


@pytest.fixture
def seen(monkeypatch):
    """Note the batches that training sees, and the order of their examples."""
    batches = []
    real = loop.augmented

    def noting(batch, augmentations, draws):
        found = real(batch, augmentations, draws)
        batches.append((batch.inputs.clone(), found.inputs.clone(), found.labels))
        return found

    monkeypatch.setattr(loop, "augmented", noting)
    return batches


ALL = (Affine(rotation=20, shift=0.1), Elastic(), Flip(), Gamma(), Erasing(), SwapImages(), Mixup())


def pairs_of(workload, *augmentations, **changes):
    recipe = workload.recipe.replace(epochs=2, augmentation=augmentations)
    return replace(workload, images=2, swap=DigitPairs().swapped, recipe=recipe, **changes)


def test_rivals_see_the_same_examples_whatever_their_model_and_dropout(workload, seen):
    other = Network(Linear(30), ReLU(), Dropout(0.5), Linear(2), Head("comparison"))
    before = copy.deepcopy(workload.data)
    train(pairs_of(workload, *ALL), seed=0, noise=1)
    one = seen[:]
    seen.clear()
    train(pairs_of(workload, *ALL, model=other), seed=7, noise=8)
    assert len(one) == len(seen) == 8
    for (_, mine, my_labels), (_, its, its_labels) in zip(one, seen, strict=True):
        assert torch.equal(mine, its)
        assert all(torch.equal(my_labels[name], its_labels[name]) for name in my_labels)
    for name, split in workload.data.splits().items():
        assert torch.equal(split.inputs, before.splits()[name].inputs)
        for label, values in split.labels.items():
            assert torch.equal(values, before.splits()[name].labels[label])


def test_an_augmentation_draws_the_same_whatever_follows_it(workload, seen):
    train(pairs_of(workload, Flip()), seed=0)
    alone = [found for _, found, _ in seen]
    seen.clear()
    train(pairs_of(workload, Flip(), Doubled()), seed=0)
    for one, (_, both, _) in zip(alone, seen, strict=True):
        assert torch.equal(2 * one, both)


def test_epochs_rounds_and_places_draw_apart(workload):
    names = [("augmentation", 0, 0), ("augmentation", 0, 1), ("augmentation", 1, 0)]
    seeds = {workload.stream(name) for name in (*names, ("views", "test", 1, 0))}
    assert len(seeds) == 4


def test_order_dropout_and_initial_weights_are_what_they_are_without(workload, seen, monkeypatch):
    drawing = Network(Linear(16), Dropout(0.5), Linear(2), Head("comparison"))
    masks = []
    real = torch.nn.Dropout.forward

    def noting(self, x):
        given = real(self, torch.ones_like(x))
        if self.training:
            masks.append(given)
        return given * x

    monkeypatch.setattr(torch.nn.Dropout, "forward", noting)
    plain = train(pairs_of(workload, model=drawing), seed=3, noise=4)
    orders, without = [given for given, _, _ in seen], masks[:]
    seen.clear(), masks.clear()
    found = train(pairs_of(workload, *ALL, model=drawing), seed=3, noise=4)
    assert found.initial_weights == plain.initial_weights
    assert all(map(torch.equal, orders, [given for given, _, _ in seen]))
    assert len(masks) == len(without)
    assert all(map(torch.equal, masks, without))
    assert found.curves != plain.curves


def test_what_is_measured_is_not_augmented(workload):
    class Away(Augmentation):
        def apply(self, batch, draw):  # noqa: ARG002
            return replace(batch, inputs=torch.zeros_like(batch.inputs))

    away = train(pairs_of(workload, Away()), seed=0)
    # It learns the commonest class alone, and is measured on what it could have learnt from.
    assert away.curves["train"]["error"][-1] > 0.2
    assert len(set(away.curves["train"]["loss"])) > 1


# A user's own


def test_a_users_own_is_used_in_its_place(workload, seen):
    train(pairs_of(workload, Doubled()), seed=0)
    assert all(torch.equal(2 * given, found) for given, found, _ in seen)


def test_a_users_own_that_works_in_place_does_no_harm(workload):
    class InPlace(Augmentation):
        def apply(self, batch, draw):  # noqa: ARG002
            batch.inputs.mul_(2)
            batch.labels["comparison"].fill_(1)
            return batch

    before = copy.deepcopy(workload.data.train)
    train(pairs_of(workload, InPlace()), seed=0)
    assert torch.equal(workload.data.train.inputs, before.inputs)
    for name, label in workload.data.train.labels.items():
        assert torch.equal(label, before.labels[name])


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("type", r"Odd\(what='type'\) gives 'Tensor'; its apply must return a Batch"),
        ("shape", r"gives inputs of shape \(16, 2, 14, 13\) .* as they were, \(16, 2, 14, 14\)"),
        ("double", r"torch\.float64; they must be as they were"),
        ("NaN", "gives inputs that hold NaN or infinity"),
        ("labels", "gives no labels 'comparison'; it must keep all that it is given"),
        ("fewer", r"gives comparison of shape \(15,\)"),
    ],
)
def test_a_users_own_that_gives_something_else_is_told(workload, what, words):
    with pytest.raises(ModelError, match=words):
        train(pairs_of(workload, Odd(what=what)), seed=0)


@pytest.mark.parametrize("moves", [torch.zeros(14, 14), torch.full((32, 2, 14, 14), torch.nan)])
def test_a_users_own_warp_that_moves_by_something_else_is_told(workload, moves):
    class Astray(Warp):
        def displacement(self, images, height, width, draw):  # noqa: ARG002
            return moves

    with pytest.raises(ModelError, match=r"Astray\(\) moves pixels .* must return \(32, 2, 14, 14"):
        train(pairs_of(workload, Astray()), seed=0)


# Sentences before training


def table():
    return np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32), np.arange(60) % 3


def numbers():
    x, _ = table()
    return x, x[:, 0]


def colours():
    images = np.random.default_rng(0).normal(size=(60, 3, 8, 10)).astype(np.float32)
    return images, np.arange(60) % 3


TABLE = Classification(FromFunction(table), train=30, test=20)
COLOURS = Classification(FromFunction(colours), train=30, test=20)
PAIRS = DigitPairs(train=40, validation=10, test=20)


class Absolute(Loss):
    kind = None

    def compute(self, output, label):
        return (output.flatten() - label).abs().mean()


def declared(task, *augmentations, **fields):
    head = task.target
    network = Network(Linear(task.labels[head][-1]), Head(head), input=task.input_shape)
    recipe = Recipe(epochs=1, batch=10, augmentation=augmentations)
    variant = Variant(**{"name": "a", "model": network, "recipe": recipe} | fields)
    return Study(name="s", task=task, variants=(variant,))


@pytest.mark.parametrize(
    ("task", "wrong", "words"),
    [
        (TABLE, Affine(), r"'a' cannot use Affine\(\): it changes images, .* inputs are \(4,\)"),
        (TABLE, Flip(), "it changes images"),
        (TABLE, Erasing(), "it changes images"),
        (TABLE, Crop(padding=1), "it changes images"),
        (PAIRS, Crop(size=15), "window of 15 pixels is larger than the image, 14 pixels and 0"),
        (PAIRS, Crop(size=19, padding=2), "window of 19 pixels .* 2 of padding on each side"),
        (COLOURS, Crop(size=9), "window of 9 pixels is larger than the image, 8 pixels"),
        (PAIRS, Crop(), "has one place alone"),
        (PAIRS, Crop(size=14), "has one place alone"),
        (PAIRS, Crop(padding=14), "it pads 14 pixels beside an image of 14; the most is less"),
        (PAIRS, Erasing(least=0.3, most=0.2), r"its least share, 0\.3, is above its most, 0\.2"),
        (TABLE, SwapImages(), "swaps the images of pairs, which Classification does not show"),
        (Digits(train=40, test=20), SwapImages(), "which Digits does not show"),
        (COLOURS, SwapImages(), "which Classification does not show"),
    ],
)
def test_what_does_not_fit_the_examples_is_a_sentence_when_declared(task, wrong, words):
    with pytest.raises(SpecError, match=words):
        declared(task, wrong)


@pytest.mark.parametrize(
    ("task", "right"),
    [
        (PAIRS, (SwapImages(), Mixup(), *MOVING)),
        (KFold(DigitPairs(train=40, test=20), folds=4), (SwapImages(), Flip())),
        (COLOURS, (*MOVING, Crop(size=6), Crop(size=8), Mixup())),
        (TABLE, (Mixup(), Doubled())),
    ],
)
def test_what_fits_is_declared_and_trains(task, right):
    study = declared(task, *right)
    (variant,) = study.variants
    assert variant.recipe.augmentation == right
    study.task.draw(seed=0, round=0)


def test_a_task_whose_swapped_pairs_lack_a_label_is_told(workload):
    forgetful = replace(pairs_of(workload, SwapImages()), swap=lambda labels: {})
    with pytest.raises(ModelError, match="the task's swapped gives no labels 'comparison'"):
        train(forgetful, seed=0)


@pytest.mark.parametrize(
    "loss", [Absolute(head="comparison"), Absolute(head="comparison", weight=2.0)], ids=repr
)
def test_mixup_needs_losses_of_soft_labels(loss):
    both = Objective(CrossEntropy("comparison"), loss)
    with pytest.raises(SpecError, match=r"Mixup\(\): it mixes labels, and Absolute\(.* takes none"):
        declared(PAIRS, Mixup(), objective=both)

    class Linearly(Absolute):
        takes_soft_labels = True

    declared(PAIRS, Mixup(), objective=Objective(Linearly(head="comparison")))


def test_mixup_refuses_the_absolute_error_of_numbers():
    task = Regression(FromFunction(numbers), train=30, test=20)
    declared(task, Mixup(), objective=Objective(SquaredError("label")))
    with pytest.raises(SpecError, match=r"AbsoluteError\(.* takes none that are mixed"):
        declared(task, Mixup(), objective=Objective(AbsoluteError("label")))


def test_examples_are_mixed_once_and_not_where_batches_are_measured():
    with pytest.raises(SpecError, match="examples can be mixed once alone"):
        Recipe(epochs=1, augmentation=(Mixup(), Mixup(alpha=1.0)))
    with pytest.raises(SpecError, match="record='iterations' measures each training batch"):
        Recipe(epochs=1, record="iterations", augmentation=(Mixup(),))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Affine(rotation=-1), r"Affine\.rotation"),
        (lambda: Affine(shift=1.0), r"Affine\.shift"),
        (lambda: Flip(probability=0), r"Flip\.probability"),
        (lambda: Flip(axis="diagonal"), r"Flip\.axis"),
        (lambda: Elastic(points=1), r"Elastic\.points"),
        (lambda: Mixup(alpha=0), r"Mixup\.alpha"),
        (lambda: Recipe(epochs=1, augmentation=Affine()), r"Recipe\.augmentation"),
        (lambda: Recipe(epochs=1, augmentation=(Affine,)), r"calling the class: Affine\(\)"),
    ],
)
def test_what_is_no_augmentation_is_refused(make, words):
    with pytest.raises(SpecError, match=words):
        make()


def test_an_own_augmentation_of_images_is_refused_elsewhere():
    class Dark(OfImages):
        def apply(self, batch, draw):  # noqa: ARG002
            return replace(batch, inputs=batch.inputs * 0.5)

    declared(PAIRS, Dark())
    with pytest.raises(SpecError, match=r"cannot use Dark\(\): it changes images"):
        declared(TABLE, Dark())
