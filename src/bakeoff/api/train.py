"""A trial trained for its model, which is checked and written to a folder."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.analysis.results import Results
from bakeoff.api.plan import DEFAULT_STORE, Plan, plan_of, read_results
from bakeoff.api.stored import stored
from bakeoff.api.use import with_use
from bakeoff.errors import DataError, ModelError, RunError, StudyError, unknown
from bakeoff.inference.description import Description
from bakeoff.inference.folder import (
    CARD,
    GRAPH,
    WEIGHTS,
    check_folder,
    predictor_from,
    predictor_of,
    read_description,
    write_model,
)
from bakeoff.reporting.card import card
from bakeoff.reporting.text.replication import checked_words, exported_words, replication_words
from bakeoff.reporting.writers.markdown import as_markdown
from bakeoff.running.executors import Given, is_cluster, workers_of
from bakeoff.running.final import FinalModel, final_model
from bakeoff.running.machine import check_device, environment
from bakeoff.running.pool import WorkerDied, leave_if_worker
from bakeoff.running.records import Answer
from bakeoff.running.store import Store
from bakeoff.running.worker import Done, Fault, Site, apart, drawn, pack
from bakeoff.study.study import Overrides, Study, names
from bakeoff.study.trial import Device, Trial, homes
from bakeoff.training.history import Difference, differences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bakeoff.inference.predictor import Agreement, Answers, Predictor


@dataclass(frozen=True)
class TrainedModel:
    """A trained model in a folder.

    Attributes:
        folder: where it lies.
        description: what it is.
        was_stored: whether the store held the trial.
        differences: from the stored trial; empty where it is the same to the bit.
        remarks: sentences about how it was trained again, checked and exported.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> trained = train(study, "linear", "one-model", rounds=6, epochs=2, store="irises.db")
        >>> trained.folder.name, trained.was_stored
        ('one-model', True)
    """

    folder: Path
    description: Description
    was_stored: bool
    differences: tuple[Difference, ...]
    remarks: tuple[str, ...]


def train(
    study: Study,
    variant: str,
    folder: Path | str,
    *,
    round: int = 1,
    rounds: int | None = None,
    epochs: int | None = None,
    onnx: bool = False,
    device: Device = "cpu",
    store: Path | str = DEFAULT_STORE,
    data: Path | str | None = None,
    executor: Given = None,
    seed: int | None = None,
) -> TrainedModel:
    """Trains a trial of a study, again if it is stored, and writes its model to a folder.

    A stored trial must come out as it is stored; what differs is told. A trial that has not run
    is stored. Without `rounds` and `epochs` the run is meant that `report` would take.

    Args:
        study: the study.
        variant: the name of a variant.
        folder: is made; ``model.safetensors``, ``model.json`` and ``README.md`` are written there.
        round: from 1.
        rounds: as in `run`; likewise the following.
        epochs: epochs to train instead of each recipe's.
        onnx: whether to write ``model.onnx``, too. That of an estimator, or of a network of your
            own, is always written where it can be.
        device: ``cpu`` or ``cuda``.
        store: the SQLite file that holds all results.
        data: a folder of the four IDX files of an archive, None for the packaged MNIST.
        executor: as in `run`.
        seed: as in `run`.

    Raises:
        StudyError: there is no such variant or round.
        ModelError: it diverged, answers otherwise once it is loaded, or cannot be exported.
        RunError: the trial failed, the folder cannot be written, or a package is missing.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> trained = train(study, "linear", "linear", rounds=6, epochs=2, store="irises.db")
        >>> trained.was_stored, trained.differences
        (True, ())
    """
    leave_if_worker()
    asked = Overrides.of(rounds=rounds, epochs=epochs, seed=seed)
    plan = plan_of(study, asked, device=device, data=data)
    check_device(device, here=not is_cluster(executor))
    with Store.open(Path(store)) as opened:
        results = stored(plan, opened) or read_results(plan, opened)
        plan = replace(plan, overrides=results.overrides)
        trial = trial_of(plan, results, variant, round)
        with workers_of(executor, 1) as workers:
            return trained(plan, variant, trial, Path(folder), opened, workers, onnx=onnx)


def trial_of(plan: Plan, results: Results, variant: str, round: int) -> Trial:
    """Returns the trial of a variant in a round, from 1.

    Raises:
        StudyError: there is no such variant or round.
    """
    study = results.study
    known = names(study.variants)
    if variant not in known:
        raise StudyError(unknown("variant", variant, known))
    trials = [trial for name, trial in plan.named_trials(study) if name == variant]
    for trial in trials:
        if trial.round == round - 1:
            return trial
    raise StudyError(f"{variant!r} has no round {round}; it has rounds 1 to {len(trials)}.")


def trained(
    plan: Plan,
    variant: str,
    trial: Trial,
    folder: Path,
    store: Store,
    workers: Executor,
    *,
    onnx: bool,
) -> TrainedModel:
    """Trains a trial, and writes its model to a folder.

    Raises:
        ModelError: as `train`.
        RunError: likewise.
    """
    check_folder(folder)
    if onnx or trial.setup.model.trains_itself:
        from bakeoff.inference.onnx import check_installed

        # Before anything is trained; without a graph nothing could be kept of an estimator.
        check_installed("skl2onnx", "onnxscript")
    key = trial.key()
    store.locate(homes({key: trial}))
    done = _done(variant, trial, key, workers)
    final = done.value
    history = replace(final.history, notes=(*final.history.notes, *done.notes))
    before = store.histories([key]).get(key)
    if before is None:
        store.add(
            key, trial, Answer(history, environment(done.device), done.description, done.files)
        )
    apart_by = () if before is None else differences(before.history, history)
    results = with_use(read_results(plan, store), store, workers)
    if final.raw is None:
        raise ModelError(
            f"{variant!r} diverged in round {trial.round + 1}: there is no model to keep."
        )
    description = described(plan, variant, trial, final, results)
    remarks = [replication_words(apart_by, was_stored=before is not None)]
    files = {WEIGHTS: final.weights} if final.weights else {GRAPH: final.graph}
    measured = _answers(description, final)
    if final.weights:
        predictor = predictor_from(description, final.weights)
        if not description.train_mode:
            remarks.append(_checked(description, measured, predictor.predict(final.raw)))
        if onnx or (not description.is_ours and not description.by_batch):
            try:
                files[GRAPH], remark = checked_graph(predictor, final.raw)
                remarks.append(remark)
            except (ModelError, RunError) as error:
                if onnx:
                    raise
                remarks.append(f"There is no {GRAPH}: {error}")
    else:
        from bakeoff.inference.onnx import Graph

        answers = Graph(description, final.graph).predict(final.raw)
        agreement = measured.agreement(answers)
        _check_close(description, agreement)
        remarks.append(exported_words(agreement, final.graph))
    text = as_markdown(card(results, description, tuple(remarks)))
    whole = write_model(folder, description, {**files, CARD: text.encode()})
    return TrainedModel(folder, whole, before is not None, apart_by, tuple(remarks))


def described(
    plan: Plan, variant: str, trial: Trial, final: FinalModel, results: Results
) -> Description:
    """Returns the description of a trial's model."""
    from bakeoff.inference.describe import description_of

    return description_of(
        trial,
        study=plan.declared.name,
        variant=variant,
        shortened=results.label,
        preprocessing=final.preprocessing,
        scale=final.scale,
    )


def _done(variant: str, trial: Trial, key: str, workers: Executor) -> Done[FinalModel]:
    try:
        done = workers.submit(apart, pack(key, trial), final_model, Site()).result()
    except WorkerDied as death:
        raise RunError(f"{variant}, round {trial.round + 1}: {death}") from None
    if isinstance(done, Fault):
        raise RunError(f"{variant}, round {trial.round + 1}: {done.message}")
    return done


def _answers(description: Description, final: FinalModel) -> Answers:
    """Returns the answers of a trial to its test split, as they were measured."""
    import numpy as np

    from bakeoff.inference.predictor import Answers

    outputs = {name: final.history.answers[name] for name in ("answer",)}
    one = final.history.answers.get("probability")
    if one is not None:
        outputs["probabilities"] = np.stack([1 - one, one], axis=1)
    return Answers.of(description, outputs)


def _checked(description: Description, measured: Answers, answers: Answers) -> str:
    agreement = measured.agreement(answers)
    if not agreement.is_close:
        raise ModelError(
            f"{description.origin.variant!r} answers {agreement.different} of "
            f"{agreement.examples} test examples otherwise once its weights are loaded again: its "
            "module keeps something outside of its parameters and buffers; register that with "
            "register_buffer."
        )
    return checked_words(agreement)


def _check_close(description: Description, agreement: Agreement) -> None:
    if not agreement.is_close:
        raise ModelError(
            f"the ONNX graph of {description.origin.variant!r} answers {agreement.different} of "
            f"{agreement.examples} test examples otherwise than the model (probabilities or "
            f"numbers differ by {agreement.largest:.2g} at most); it is not written."
        )


def checked_graph(predictor: Predictor, raw: NDArray[np.generic]) -> tuple[bytes, str]:
    """Returns the ONNX graph of a network, checked on raw examples, and a sentence about it.

    Raises:
        ModelError: it cannot be exported, or answers otherwise.
        RunError: a package is missing.
    """
    from bakeoff.inference.onnx import Graph, network_graph

    content = network_graph(predictor)
    graph = Graph(predictor.description, content)
    agreement = predictor.predict(raw).agreement(graph.predict(raw))
    _check_close(predictor.description, agreement)
    # The batch is free: alone, an example is answered as it is among others.
    _check_close(
        predictor.description, graph.predict(raw[:5]).agreement(graph.predict(raw[:5], batch=1))
    )
    return content, exported_words(agreement, content)


def export(folder: Path | str, *, code: tuple[Callable[[], object] | type, ...] = ()) -> str:
    """Writes the ONNX graph of a trained network into its folder; returns a sentence about it.

    It is checked on the test split of the model's round first, whose data must be on this machine.

    Args:
        folder: that `train` wrote.
        code: classes and functions of your own that the model is made of.

    Raises:
        ModelError: the folder is damaged; or the network cannot be exported, or answers otherwise.
        DataError: the data is not on this machine.
        RunError: a package is missing, or the folder cannot be written.

    Example:
        >>> export("model")  # doctest: +SKIP
    """
    from bakeoff.inference.describe import raw_test

    folder = Path(folder)
    description = read_description(folder, code)
    if description.model is None:
        raise ModelError(
            f"{description.origin.variant!r} is an estimator, whose {GRAPH} is there already."
        )
    predictor = predictor_of(folder, description)
    task, origin = description.origin.task, description.origin
    if task is None:
        raise ModelError(
            f"the task of {origin.variant!r} is the study's own, and its test split is drawn by "
            "code that is not here; export with the study: `bakeoff train ... --onnx`."
        )
    try:
        _, data = drawn(task, task.digest(), origin.seed, origin.round - 1)
    except DataError as error:
        raise DataError(
            f"the graph is checked on the test split, whose data is not on this machine: {error}"
        ) from None
    content, remark = checked_graph(predictor, raw_test(task, data))
    write_model(folder, description, {GRAPH: content})
    return remark
