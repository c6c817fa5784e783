"""The folder of a trained model: JSON and safetensors, checked before they are believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.data.files import UNFINISHED, write_whole
from bakeoff.errors import BakeoffError, ModelError, RunError, SpecError
from bakeoff.inference.decoding import Code, description_from
from bakeoff.inference.description import FORMAT, Description
from bakeoff.spec import canonical

if TYPE_CHECKING:
    from torch import Tensor, nn

    from bakeoff.inference.predictor import Predictor

DESCRIPTION, WEIGHTS, GRAPH, CARD = "model.json", "model.safetensors", "model.onnx", "README.md"

_LONGEST = 20_000_000
"""Bytes of a description; a table of a hundred thousand columns has fewer."""


def write_model(folder: Path, description: Description, files: Mapping[str, bytes]) -> Description:
    """Writes a model's files, its description last, and returns that with their digests.

    Raises:
        RunError: the folder cannot be written, or holds something else than a model.
    """
    check_folder(folder)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    whole = description.replace(files=tuple(sorted({**dict(description.files), **digests}.items())))
    text = json.dumps(canonical(whole), indent=1, ensure_ascii=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_whole(folder / name, content)
        for name in {WEIGHTS, GRAPH, CARD} - dict(whole.files).keys():
            # Of a model that was there before.
            (folder / name).unlink(missing_ok=True)
        write_whole(folder / DESCRIPTION, text.encode())
    except OSError as error:
        raise RunError(f"{folder} cannot be written: {error.strerror}.") from None
    return whole


def weights_file(net: nn.Module) -> bytes:
    """Returns a network's weights and buffers as safetensors: the content of its file."""
    from safetensors.torch import save

    # Tied weights are written once each; loading ties them again.
    return save(
        {
            name: tensor.detach().to_dense().cpu().contiguous().clone()
            for name, tensor in net.state_dict().items()
        }
    )


def check_folder(folder: Path) -> None:
    """Refuses a folder that a model would not be alone in.

    Raises:
        RunError: it is a file, or holds something else than a model.
    """
    if folder.is_dir():
        names = {path.name for path in folder.iterdir() if path.suffix != UNFINISHED}
        if names <= {DESCRIPTION, WEIGHTS, GRAPH, CARD}:
            return
    elif not folder.exists():
        return
    raise RunError(
        f"{folder} holds other files than those of a model; give another folder, or an empty one."
    )


def read_description(
    folder: Path, code: Iterable[Code] = (), *, graph_only: bool = False
) -> Description:
    """Returns the description of the model in a folder.

    Args:
        folder: where it lies.
        code: classes and functions of the user's own that it is made of.
        graph_only: whether to leave out a network that is made of others.

    Raises:
        ModelError: there is none, or it is damaged, or made of classes that are not given.
    """
    file = folder / DESCRIPTION
    try:
        if file.stat().st_size > _LONGEST:
            raise ModelError(f"{file} has more than {_LONGEST:,} bytes; it is no model's.")
        value = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise ModelError(
            f"{folder} holds no {DESCRIPTION}; give the folder that `bakeoff train` wrote."
        ) from None
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{file} is damaged: {error}.") from None
    number = value.get("format") if isinstance(value, dict) else None
    if isinstance(value, dict) and "type" not in value:
        raise ModelError(f"{file} is damaged: it describes no model.")
    if isinstance(number, int) and number > FORMAT:
        raise ModelError(f"{file} was written by a later version of bakeoff; update bakeoff.")
    try:
        return description_from(value, code, graph_only=graph_only)
    except SpecError as error:
        raise ModelError(f"{file} is damaged: {error}.") from None
    except BakeoffError as error:
        raise ModelError(f"{file}: {error}") from None


def read_file(folder: Path, name: str, description: Description) -> bytes:
    """Returns one of a model's files.

    Raises:
        ModelError: it is not there, or not the one that was written.
    """
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ModelError(f"{folder / name} cannot be read: {error.strerror}.") from None
    if dict(description.files).get(name) != hashlib.sha256(content).hexdigest():
        raise ModelError(
            f"{folder / name} is not the file that {DESCRIPTION} describes: it is damaged, or of "
            "another model. Write the folder again with `bakeoff train`."
        )
    return content


def load_model(folder: Path | str, *, code: Iterable[Code] = ()) -> Predictor:
    """Returns the trained network of a folder that `bakeoff train` wrote, as a module.

    It takes raw inputs: bytes of images, or a table's numbers. No code of the folder is run.

    Args:
        folder: where it lies.
        code: classes and functions of your own that the model is made of.

    Raises:
        ModelError: the folder is damaged, or the model is an estimator, or made of a class that is
            not given.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> trained = train(study, "linear", "kept", rounds=6, epochs=2, store="irises.db")
        >>> model = load_model(trained.folder)
        >>> len(model.predict([[5.1, 3.5, 1.4, 0.2], [6.2, 2.9, 5.4, 2.3]]).labels)
        2
    """
    folder = Path(folder)
    return predictor_of(folder, read_description(folder, code))


def predictor_of(folder: Path, description: Description) -> Predictor:
    """Returns the network of a folder whose description was read.

    Raises:
        ModelError: the weights are damaged, or do not fit.
    """
    if description.model is None:
        raise ModelError(
            f"{description.origin.variant!r} is {description.code}, which has no weights of torch; "
            f"ask it with `bakeoff predict`, or open {GRAPH} with onnxruntime."
        )
    return predictor_from(description, read_file(folder, WEIGHTS, description))


def predictor_from(description: Description, content: bytes) -> Predictor:
    """Returns the network that a description and its weights make.

    Args:
        description: of a network.
        content: the weights and buffers, as safetensors.

    Raises:
        ModelError: they are damaged, or do not fit each other.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    from bakeoff.inference.predictor import Predictor

    try:
        weights = load(content)
    except (SafetensorError, ValueError, KeyError) as error:
        raise ModelError(f"{WEIGHTS} is damaged: {error}.") from None
    net = _empty(description, weights)
    wanted = {name: (tuple(t.shape), t.dtype) for name, t in net.state_dict().items()}
    given = {name: (tuple(t.shape), t.dtype) for name, t in weights.items()}
    for name in sorted(wanted.keys() | given.keys()):
        if wanted.get(name) != given.get(name):
            raise ModelError(
                f"{WEIGHTS} does not fit the network of {DESCRIPTION}: {name} is "
                f"{_told(given.get(name))} in the one, {_told(wanted.get(name))} in the other."
            )
    net.load_state_dict(weights, assign=description.is_ours)
    inputs = description.inputs
    try:
        predictor = Predictor(description, net)
        with torch.inference_mode():
            outputs = predictor(torch.zeros(2, *inputs.shape, dtype=getattr(torch, inputs.dtype)))
    except Exception as error:
        raise ModelError(
            f"the network of {DESCRIPTION} cannot answer inputs of shape {inputs.shape}: "
            f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        ) from None
    wide = outputs["probabilities"].shape[-1] if "probabilities" in outputs else None
    if description.classes and wide not in {None, len(description.classes)}:
        raise ModelError(
            f"{DESCRIPTION} names {len(description.classes)} classes; the network has {wide}."
        )
    return predictor


def _empty(description: Description, weights: Mapping[str, Tensor]) -> nn.Module:
    """Returns a network to load weights into: of bakeoff's own layers, one without memory."""
    import torch

    from bakeoff.training.network import built, seeded

    model = description.model
    assert model is not None
    with seeded(0):
        if not description.is_ours:
            inputs = description.inputs
            shrink = 1 if description.preprocessing is None else description.preprocessing.shrink
            sides = inputs.shape[-2:] if shrink > 1 else ()
            small = (*inputs.shape[: -len(sides) or None], *(side // shrink for side in sides))
            return built(model, small, "cpu")
        size, counted = sum(tensor.numel() for tensor in weights.values()), model.parameters()
        if counted is not None and counted > size:
            raise ModelError(
                f"the network has {counted:,} parameters, and {WEIGHTS} holds {size:,} numbers."
            )
        with torch.device("meta"):
            return model.build()


def _told(tensor: tuple[tuple[int, ...], object] | None) -> str:
    return "missing" if tensor is None else f"{tensor[1]} {tensor[0]}"
