"""The loop that course reports write: sequential, NCHW, torch's default threads.

It trains the same networks on the same data as `bakeoff` does, with torch's own modules, and
evaluates the splits that the recipe names after each epoch. It takes nothing from bakeoff but specs
and tensors.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from bakeoff.data.splits import RoundData, Split
from bakeoff.models.layers import Layer
from bakeoff.models.network import Head, Network, PerImage, Residual
from bakeoff.study.study import Variant
from bakeoff.training.objective import L2Penalty
from bakeoff.training.optimizers import SGD, Adam


class Plain(nn.Module):
    """A network's layers as plain torch modules, with the heads that the layers name."""

    def __init__(self, layers: tuple[Layer, ...], shape: tuple[int, ...]) -> None:
        super().__init__()
        self.steps = nn.ModuleList()
        self.specs = layers
        for layer in layers:
            self.steps.append(_module(layer, shape))
            shape = layer.output(shape)

    def forward(self, x: Tensor, heads: dict[str, Tensor]) -> Tensor:
        for layer, step in zip(self.specs, self.steps, strict=True):
            if isinstance(layer, Head):
                heads[layer.name] = step(x, heads)
            elif isinstance(layer, Residual):
                x = step[0](x, heads) + step[1](x, heads)
            elif isinstance(layer, PerImage):
                x = _per_image(layer, step, x, heads)
            else:
                x = step(x)
        return x


def _module(layer: Layer, shape: tuple[int, ...]) -> nn.Module:
    if isinstance(layer, Head):
        return Plain(layer.layers, shape)
    if isinstance(layer, Residual):
        return nn.ModuleList([Plain(layer.layers, shape), Plain(layer.shortcut, shape)])
    if isinstance(layer, PerImage):
        count = 1 if layer.shared else shape[0]
        return nn.ModuleList(Plain(layer.layers, (1, *shape[1:])) for _ in range(count))
    return layer.build(shape)


def _per_image(layer: PerImage, step: nn.Module, x: Tensor, heads: dict[str, Tensor]) -> Tensor:
    pair = x.shape[:2]
    inner: dict[str, Tensor] = {}
    if layer.shared:
        y = step[0](x.reshape(-1, 1, *x.shape[2:]), inner)
        heads |= {name: head.reshape(*pair, *head.shape[1:]) for name, head in inner.items()}
        return y.reshape(*pair, *y.shape[1:])
    outputs = []
    found: dict[str, list[Tensor]] = {}
    for position, branch in enumerate(step):
        inner = {}
        outputs.append(branch(x[:, position : position + 1], inner))
        for name, head in inner.items():
            found.setdefault(name, []).append(head)
    heads |= {name: torch.stack(parts, dim=1) for name, parts in found.items()}
    return torch.stack(outputs, dim=1)


def train_plainly(variant: Variant, data: RoundData, *, target: str) -> float:
    """Train one trial and return its final test error."""
    assert isinstance(variant.model, Network)
    net = Plain(variant.model.layers, variant.model.input)
    optimizer = _optimizer(variant, net)
    for epoch in range(variant.recipe.epochs):
        net.train()
        for batch in torch.randperm(len(data.train.inputs)).split(variant.recipe.batch):
            heads: dict[str, Tensor] = {}
            net(data.train.inputs[batch], heads)
            labels = {name: label[batch] for name, label in data.train.labels.items()}
            loss = _loss(variant, net, heads, labels, epoch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            errors = [
                _error(variant, net, split, target, epoch)
                for name, split in data.splits().items()
                if name in variant.recipe.evaluate
            ]
    return errors[-1]


def _loss(
    variant: Variant,
    net: nn.Module,
    heads: dict[str, Tensor],
    labels: dict[str, Tensor],
    epoch: int,
) -> Tensor:
    total = torch.zeros(())
    for term in variant.objective.losses():
        logits, label = heads[term.head], labels[term.target]
        if label.dim() == 1:
            total = total + term.weight_at(epoch) * F.cross_entropy(logits, label)
        else:
            for position in range(label.shape[1]):
                part = F.cross_entropy(logits[:, position], label[:, position])
                total = total + term.weight_at(epoch) * part
    for penalty in variant.objective.terms:
        if isinstance(penalty, L2Penalty):
            for p in net.parameters():
                total = total + penalty.factor * p.square().sum()
    return total


def _error(variant: Variant, net: nn.Module, split: Split, target: str, epoch: int) -> float:
    heads: dict[str, Tensor] = {}
    net(split.inputs, heads)
    _loss(variant, net, heads, dict(split.labels), epoch).item()
    return (variant.decision.answer(heads) != split.labels[target]).double().mean().item()


def _optimizer(variant: Variant, net: nn.Module) -> torch.optim.Optimizer:
    match variant.optimizer:
        case Adam(lr=lr):
            return torch.optim.Adam(net.parameters(), lr=lr)
        case SGD(lr=lr, momentum=momentum):
            return torch.optim.SGD(net.parameters(), lr=lr, momentum=momentum)
    raise TypeError(f"the plain loop has no {variant.optimizer!r}")
