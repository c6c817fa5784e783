"""Whether heads are what the losses and the decision of a variant read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bakeoff.errors import ModelError, nearest
from bakeoff.training.decision import Decision
from bakeoff.training.objective import Loss, Shape


def check_shapes(
    heads: Mapping[str, Shape],
    losses: Iterable[Loss],
    decision: Decision,
    *,
    target: str,
    labels: Mapping[str, Shape],
) -> None:
    """Refuses heads that a loss or the decision cannot read.

    Args:
        heads: the shape of each, without the batch axis.
        losses: that read heads.
        decision: it does so too.
        target: the label that it answers.
        labels: the shape of each label's head, as `Task.labels` has it.

    Raises:
        ModelError: one is missing, or has another shape.
    """
    trained = [(t.head, t, t.target, t.head_shapes(labels[t.target])) for t in losses]
    decides = (decision.head, decision, target, decision.head_shapes(labels, target))
    for head, reader, label, allowed in (*trained, decides):
        if head not in heads:
            raise ModelError(
                f"the model gives no head called {head!r}{nearest(head, heads) or ';'} "
                f"it gives {', '.join(heads)}"
            )
        if allowed == ():
            does = "be trained on" if isinstance(reader, Loss) else "answer"
            raise ModelError(
                f"{reader!r} cannot {does} the label {label!r}, which is of shape {labels[label]}; "
                "choose another"
            )
        if allowed is not None and heads[head] not in allowed:
            raise ModelError(
                f"the model's head {head!r} has shape {with_batch(heads[head])}; {reader!r} needs "
                f"{' or '.join(map(with_batch, allowed))}"
            )


def with_batch(shape: Shape) -> str:
    """Returns the shape of a batch in words: ``(N, 2)`` for ``(2,)``."""
    return f"({', '.join(map(str, ('N', *shape)))})" if shape else "(N,)"
