"""The commands of `bakeoff`."""

from __future__ import annotations

import os
import shlex
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from bakeoff.cli.find import Found, find, find_all
from bakeoff.cli.interrupt import INTERRUPTED, Stopped
from bakeoff.cli.options import (
    STORE,
    AnswerFormat,
    Data,
    Device,
    DeviceName,
    Epochs,
    InvertName,
    KeptName,
    ListFormat,
    ListingFormat,
    ModelFolder,
    Only,
    OutcomeName,
    Rounds,
    Seed,
    StorePath,
    StorePlace,
    StudyName,
    StudyNames,
    refuse_beside_several,
    refuse_beside_until_decided,
)
from bakeoff.cli.output import complain, say
from bakeoff.errors import RunError
from bakeoff.reporting.formats import FigureFormat, Format
from bakeoff.studies import LISTED


class _Commands(TyperGroup):
    """The commands. A command that is stopped says so; typer would end it without a message."""

    def invoke(self, ctx: Any) -> Any:
        """Carries out a command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Stopped from None
        except typer.BadParameter as error:
            # typer asks pydantic, which begins its message so.
            error.message = error.message.removeprefix("Value error, ")
            raise


app = typer.Typer(
    cls=_Commands,
    help="Controlled comparisons of small neural networks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.")
    ] = False,
) -> None:
    if show_version:
        print(f"bakeoff {version('bakeoff')}")
        raise typer.Exit


@app.command(name="list")
def list_(format: ListingFormat = ListFormat.text) -> None:
    """List the built-in studies."""
    from bakeoff.cli.show import studies_json, studies_table

    if format == ListFormat.json:
        from bakeoff.studies import BUILT_IN

        print(studies_json(BUILT_IN))
        return
    console().print(studies_table(LISTED))


@app.command()
def show(study: StudyName, format: ListingFormat = ListFormat.text) -> None:
    """Show a study: variants, parameters, protocol, assumptions, trials."""
    from bakeoff.cli.show import print_study

    print_study(find(study), console(), as_json=format == ListFormat.json)


@app.command()
def check(
    study: StudyName,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", help="Models at a time; one per core if left out.")
    ] = None,
    device: Device = DeviceName.cpu,
    data: Data = None,
) -> None:
    """Check a study before it is trained: its data, and each model on one small batch.

    The exit code is 2 for errors, which would stop a run, and 0 for warnings, which are printed.
    """
    from bakeoff.cli.check import check_and_print

    check_and_print(find(study), jobs=jobs, device=device.value, data=data, console=console())


@app.command()
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE.py", help="The study file to write.")],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="DATA", help="A table, or a folder with a folder of images per class."
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="NAME", help="The column of a table to predict.")
    ] = None,
) -> None:
    """Write a study of your own data. It runs as it is, and you can extend it."""
    from bakeoff.api.new import write_study

    write_study(file, source=source, target=target)
    print(f"{file} is written. Next: bakeoff run {shlex.quote(str(file))}")


@app.command()
def run(
    studies: StudyNames = None,
    all_studies: Annotated[bool, typer.Option("--all", help="All built-in studies.")] = False,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="A short run of each: few examples, epochs and candidates, one round."
        ),
    ] = False,
    rounds: Rounds = None,
    epochs: Epochs = None,
    only: Only = None,
    until_decided: Annotated[
        bool,
        typer.Option("--until-decided", help="Add rounds until every claim has its verdict."),
    ] = False,
    max_rounds: Annotated[
        int | None,
        typer.Option(metavar="N", help="The most rounds with --until-decided; 50 if left out."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", help="Trials at a time; one per core if left out.")
    ] = None,
    trial_timeout: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="End a trial that takes longer; it counts as failed."),
    ] = None,
    keep: Annotated[
        KeptName | None,
        typer.Option(
            help="Train the best variant's trials again, or all, and write their models beside the "
            "store."
        ),
    ] = None,
    seed: Seed = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show no progress, only results and errors.")
    ] = False,
    log: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Add the lines of progress to a file, with the time."),
    ] = None,
    device: Device = DeviceName.cpu,
    on: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE",
            help="A Dask scheduler, tcp://host:8786, or local:4 for four workers here.",
        ),
    ] = None,
    other_versions: Annotated[
        bool,
        typer.Option(
            "--other-versions",
            help="Let workers have other versions of Python or torch; the report names them.",
        ),
    ] = False,
    checkpoints: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="A folder that all workers share, for the states of long trials."
        ),
    ] = None,
    store: StorePath = STORE,
    data: Data = None,
) -> None:
    """Train the missing trials of the studies, and print their tables.

    Progress goes to standard error, results to standard output. Of several studies, one that cannot
    be loaded or run is named, and the others run; the exit code is then 1, or 2 if none is left.
    """
    from bakeoff.api.plan import named_apart, plan_of
    from bakeoff.cli.run import Shown, decide_and_print, place_of, run_and_print
    from bakeoff.running.coordinate import Interrupted
    from bakeoff.study.study import Overrides

    if max_rounds is not None and not until_decided:
        raise RunError(
            "--max-rounds is for --until-decided; to run a number of rounds, give --rounds N."
        )
    if until_decided:
        beside = {
            **{"--rounds": rounds, "--epochs": epochs, "--only": only, "--quick": quick or None},
            **{"--keep": keep, "--seed": seed},
        }
        refuse_beside_until_decided(name for name, value in beside.items() if value is not None)
    found = find_all(studies or [], built_in=all_studies, store=store)
    complain_of(found)
    shown = Shown(None if quiet else console(stderr=True), log)
    try:
        with place_of(on, other_versions=other_versions, checkpoints=checkpoints) as executor:
            if until_decided:
                all_answered = decide_and_print(
                    found.studies,
                    max_rounds=max_rounds,
                    jobs=jobs,
                    device=device.value,
                    store=store,
                    data=data,
                    trial_timeout=trial_timeout,
                    executor=executor,
                    shown=shown,
                    console=console(),
                )
            else:
                asked = Overrides.of(
                    rounds=rounds, epochs=epochs, only=only or (), quick=quick, seed=seed
                )
                plans = named_apart(
                    [plan_of(each, asked, device=device.value, data=data) for each in found.studies]
                )
                ran, all_answered = run_and_print(
                    plans,
                    jobs=jobs,
                    store=store,
                    trial_timeout=trial_timeout,
                    executor=executor,
                    shown=shown,
                    console=console(),
                )
        if not until_decided:
            if not ran:
                raise typer.Exit(2)
            if keep is not None:
                from bakeoff.cli.train import keep_and_print

                kept = keep_and_print(ran, keep.value, store=store, console=console())
                all_answered = all_answered and kept
    except Interrupted as stop:
        complain(stop)
        raise typer.Exit(INTERRUPTED) from None
    if not all_answered or found.broken:
        raise typer.Exit(1)


@app.command()
def status(
    studies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STUDY...", help="Names, files or folders of studies; all if left out."
        ),
    ] = None,
    format: ListingFormat = ListFormat.text,
    store: StorePath = STORE,
) -> None:
    """Show how much of each study is done, and how long the rest takes."""
    from bakeoff.cli.status import print_status

    print_status(store, studies or (), as_json=format == ListFormat.json, console=console())


@app.command()
def verdicts(
    studies: StudyNames = None,
    all_studies: Annotated[bool, typer.Option("--all", help="All built-in studies.")] = False,
    fail_on: Annotated[
        list[OutcomeName] | None,
        typer.Option(help="Exit with 3 if a claim has this outcome; may be repeated."),
    ] = None,
    format: ListingFormat = ListFormat.text,
    rounds: Rounds = None,
    epochs: Epochs = None,
    only: Only = None,
    seed: Seed = None,
    device: Device = DeviceName.cpu,
    store: StorePath = STORE,
    data: Data = None,
) -> None:
    """Print the verdict on each claim of a study, from the store, a line for each.

    A claim is undecided, too, if the stored run leaves out what it compares. The exit code is 3 if
    --fail-on names the outcome of a claim, else 1 if one of several studies cannot be judged.
    Without --rounds, --epochs, --only or --seed, the run is meant that `bakeoff report` would take.
    """
    from bakeoff.api.plan import named_apart, plan_of
    from bakeoff.cli.verdicts import judge_and_print
    from bakeoff.study.study import Overrides

    found = find_all(studies or [], built_in=all_studies, store=store)
    complain_of(found)
    asked = Overrides.of(rounds=rounds, epochs=epochs, only=only or (), seed=seed)
    plans = [plan_of(study, asked, device=device.value, data=data) for study in found.studies]
    code = judge_and_print(
        named_apart(plans),
        store=store,
        fail_on=[each.value for each in fail_on or ()],
        as_json=format == ListFormat.json,
        console=console(),
    )
    if code or found.broken:
        raise typer.Exit(code or 1)


@app.command()
def prune(
    studies: StudyNames = None,
    all_studies: Annotated[bool, typer.Option("--all", help="All built-in studies.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without a question.")] = False,
    store: StorePath = STORE,
) -> None:
    """Remove the trials from a store that none of the named studies asks for, after a question.

    A study asks for its trials as declared, and for those of its runs that `bakeoff status` shows.
    If one of the studies cannot be loaded, nothing is removed.
    """
    from bakeoff.cli.prune import prune_and_print

    found = find_all(studies or [], built_in=all_studies, store=store)
    for _, error in found.broken:
        raise error
    prune_and_print(found.studies, store=store, is_sure=yes, console=console())


@app.command()
def backup(
    store: StorePlace,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write; a new one.")
    ],
) -> None:
    """Copy a store, whole and at one moment, also while a run writes to it."""
    from bakeoff.api.backup import backup as copy

    say(copy(store, output).resolve(), console())


@app.command()
def report(
    studies: StudyNames = None,
    all_studies: Annotated[
        bool,
        typer.Option("--all", help="A page for each built-in study in the store, and an index."),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The file to write, - for standard output; of several studies the folder.",
        ),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            help="By default the ending of FILE, else html. csv has a line for each trial and "
            "metric, csv-summary one for each variant; summary is json without curves."
        ),
    ] = None,
    figures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write figures there, and the report only with --output."),
    ] = None,
    figure_format: Annotated[
        FigureFormat | None, typer.Option(help="The format of figures; svg if left out.")
    ] = None,
    rounds: Rounds = None,
    epochs: Epochs = None,
    only: Only = None,
    seed: Seed = None,
    device: Device = DeviceName.cpu,
    store: StorePath = STORE,
    data: Data = None,
) -> None:
    """Write a study's report from the store, even if the run is not complete.

    Without --rounds, --epochs, --only or --seed, the report is about the last run if that was a run
    until decided, else about the whole study. If no trial of that is stored, it is about the last
    shortened run. Of several studies or a folder, a page for each and an index are written to the
    folder reports, or to --output; the exit code is 1 if one of them cannot be read.
    """
    from bakeoff.api.plan import plan_of
    from bakeoff.cli.report import (
        STANDARD_OUTPUT,
        folder_for,
        format_for,
        write_figures,
        write_index,
        write_report,
    )
    from bakeoff.study.study import Overrides

    found = find_all(studies or [], built_in=all_studies, store=store)
    if not found.is_one:
        beside = {"--format": format, "--figures": figures, "--figure-format": figure_format}
        refuse_beside_several(name for name, value in (beside | {"--only": only}).items() if value)
        folder = folder_for(output)
        complain_of(found)
        asked = Overrides.of(rounds=rounds, epochs=epochs, seed=seed)
        if not write_index(
            found,
            folder,
            overrides=asked,
            device=device.value,
            store=store,
            data=data,
            console=console(),
        ):
            raise typer.Exit(1)
        return
    chosen = format_for(output, format)
    if figures is None and figure_format is not None:
        raise RunError(
            "--figure-format is for --figures DIR, which is not given; add it, or leave out "
            "--figure-format."
        )
    if figures is not None and format is not None and output is None:
        raise RunError(
            f"--format {format} is for the report, and --figures writes no report without "
            "--output FILE; add that, or give the format of figures: --figure-format."
        )
    asked = Overrides.of(rounds=rounds, epochs=epochs, only=only or (), seed=seed)
    plan = plan_of(found.studies[0], asked, device=device.value, data=data)
    if figures is not None:
        drawn, is_printed = figure_format or "svg", str(output) in STANDARD_OUTPUT
        told = console(stderr=is_printed)
        write_figures(plan, store=store, directory=figures, format=drawn, console=told)
        if output is None:
            return
    write_report(plan, store=store, output=output, format=chosen, console=console())


@app.command()
def compare(
    study: StudyName,
    first: Annotated[str | None, typer.Argument(metavar="A", help="A variant.")] = None,
    second: Annotated[str | None, typer.Argument(metavar="B", help="Another.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.html", help="Write a page, with the images."),
    ] = None,
    rounds: Rounds = None,
    epochs: Epochs = None,
    seed: Seed = None,
    device: Device = DeviceName.cpu,
    store: StorePath = STORE,
    other_store: Annotated[
        Path | None,
        typer.Option("--other-store", metavar="FILE", help="Compare the trials of two stores."),
    ] = None,
    data: Data = None,
) -> None:
    """Compare two variants of a study head to head, from the store, or the study in two stores.

    Without --rounds or --epochs, it compares the last run if that was a run until decided, else
    the whole study. If no trial of that is stored, it compares the last shortened run.
    """
    from bakeoff.api.plan import plan_of
    from bakeoff.cli.compare import print_comparison, print_stores
    from bakeoff.study.study import Overrides

    asked = Overrides.of(rounds=rounds, epochs=epochs, seed=seed)
    if (first is not None, second is not None) != (other_store is None,) * 2:
        raise RunError("name two variants to compare, or give --other-store alone.")
    plan = plan_of(find(study, store), asked, device=device.value, data=data)
    if first is None or second is None:
        print_stores(plan, store, other_store or store, output=output, console=console())
        return
    print_comparison(plan, first, second, store=store, output=output, console=console())


@app.command()
def train(
    study: StudyName,
    variant: Annotated[str, typer.Argument(metavar="VARIANT", help="A variant of the study.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write.")
    ],
    round: Annotated[
        int, typer.Option("--round", metavar="R", help="The round, from 1, to train.")
    ] = 1,
    rounds: Rounds = None,
    epochs: Epochs = None,
    seed: Seed = None,
    onnx: Annotated[
        bool, typer.Option("--onnx", help="Write model.onnx, too, checked on the test split.")
    ] = False,
    device: Device = DeviceName.cpu,
    store: StorePath = STORE,
    data: Data = None,
) -> None:
    """Train a stored trial again, check that it is the same, and write its model to a folder.

    A trial that has not run is trained and stored. Without --rounds or --epochs, the run is meant
    that `bakeoff report` would take. The exit code is 1 if the trial differs from the stored one.
    """
    from bakeoff.api.train import train as train_model
    from bakeoff.cli.train import print_trained

    model = train_model(
        find(study, store),
        variant,
        output,
        round=round,
        rounds=rounds,
        epochs=epochs,
        onnx=onnx,
        device=device.value,
        store=store,
        data=data,
        seed=seed,
    )
    if not print_trained(model, console()):
        raise typer.Exit(1)


@app.command()
def export(
    folder: ModelFolder,
    onnx: Annotated[bool, typer.Option("--onnx", help="As model.onnx, the only format.")] = False,
) -> None:
    """Write a trained model in another format, checked on its test split."""
    from bakeoff.api.train import export as export_model
    from bakeoff.cli.train import print_folder

    if not onnx:
        raise RunError("no format is named; give --onnx.")
    say(export_model(folder), console())
    print_folder(folder, console())


@app.command()
def predict(
    folder: ModelFolder,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES...",
            help="Images, folders of images, CSV files, .npy files. A pair is one image of two "
            "side by side, or two images.",
        ),
    ],
    invert: Annotated[
        InvertName,
        typer.Option(help="Swap light and dark of grey images; auto goes by their edge."),
    ] = InvertName.auto,
    format: Annotated[
        AnswerFormat, typer.Option(help="A line for each example, or all of it.")
    ] = AnswerFormat.text,
) -> None:
    """Ask a trained model for its answers to files.

    A file that cannot be read is named, and skipped; the exit code is then 1.
    """
    from bakeoff.cli.predict import predict_and_print

    if not predict_and_print(folder, files, invert=invert.value, format=format):
        raise typer.Exit(1)


@app.command()
def demo(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="STUDY|DIR...", help="A study that has run, or folders of trained models."
        ),
    ],
    round: Annotated[
        int, typer.Option("--round", metavar="R", help="The round, from 1, of a study's models.")
    ] = 1,
    rounds: Rounds = None,
    epochs: Epochs = None,
    only: Only = None,
    seed: Seed = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, metavar="N", help="8000 if left out, or one that is free."),
    ] = None,
    device: Device = DeviceName.cpu,
    store: StorePath = STORE,
    data: Data = None,
) -> None:
    """Serve a page on this machine to draw on, which shows what each model answers.

    A study's models are those kept beside the store; what is not kept is trained again first.
    """
    from bakeoff.cli.demo import serve
    from bakeoff.study.study import Overrides

    serve(
        sources,
        overrides=Overrides.of(rounds=rounds, epochs=epochs, only=only or (), seed=seed),
        round=round,
        port=port,
        device=device.value,
        store=store,
        data=data,
        console=console(),
        progress=console(stderr=True),
    )


@app.command()
def bundle(
    study: StudyName,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="A zip file; STUDY.zip if left out."),
    ] = None,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Take along the data beside the study's file.")
    ] = False,
    rounds: Rounds = None,
    epochs: Epochs = None,
    seed: Seed = None,
    device: Device = DeviceName.cpu,
    store: StorePath = STORE,
    data: Data = None,
) -> None:
    """Write one file with a study's source, results, report, versions, and models if kept.

    Without --rounds or --epochs, the run is meant that `bakeoff report` would take.
    """
    from bakeoff.api.handover import bundle as write
    from bakeoff.cli.handover import print_bundle

    declared = find(study, store)
    written = write(
        declared,
        output or Path(f"{declared.name}.zip"),
        rounds=rounds,
        epochs=epochs,
        device=device.value,
        store=store,
        data=data,
        with_data=with_data,
        seed=seed,
    )
    print_bundle(written, console())


@app.command(name="open")
def open_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `bakeoff bundle` wrote.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="For its files; by default FILE without ending.",
        ),
    ] = None,
    store: StorePath = STORE,
) -> None:
    """Check a bundle, unpack it, and put its trials into a store. None of its code is run.

    The exit code is 1 if the store has some of its trials with other numbers; these stay.
    """
    from bakeoff.api.handover import open_bundle
    from bakeoff.cli.handover import print_opened

    if not print_opened(open_bundle(file, output, store=store), store, console()):
        raise typer.Exit(1)


@app.command()
def merge(
    stores: Annotated[list[Path], typer.Argument(metavar="STORES...", help="Stores of results.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="STORE", help="The store that gets them all.")
    ],
) -> None:
    """Put the trials of several stores into one; nothing in it is overwritten.

    The exit code is 1 if a trial has other numbers in two of them: the first stays, and the other
    is shown.
    """
    from bakeoff.cli.handover import print_merged
    from bakeoff.running.merge import merge as merge_stores

    if not print_merged(merge_stores(stores, output), console()):
        raise typer.Exit(1)


@app.command()
def verify(
    study: StudyName,
    sample: Annotated[int, typer.Option(metavar="N", help="How many trials.")] = 5,
    seed: Annotated[int, typer.Option(metavar="S", help="Another seed draws others.")] = 0,
    rounds: Rounds = None,
    epochs: Epochs = None,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", help="Trials at a time; one per core if left out.")
    ] = None,
    device: Device = DeviceName.cpu,
    store: StorePath = STORE,
    data: Data = None,
) -> None:
    """Train some of a study's stored trials again, and tell whether they come out the same.

    Without --rounds or --epochs, the run is meant that `bakeoff report` would take. The exit code
    is 1 if a trial differs.
    """
    from bakeoff.api.plan import plan_of
    from bakeoff.cli.handover import verify_and_print
    from bakeoff.study.study import Overrides

    asked = Overrides.of(rounds=rounds, epochs=epochs)
    plan = plan_of(find(study, store), asked, device=device.value, data=data)
    if not verify_and_print(
        plan, sample=sample, seed=seed, jobs=jobs, store=store, console=console()
    ):
        raise typer.Exit(1)


def complain_of(found: Found) -> None:
    """Names the studies that could not be loaded."""
    for _, error in found.broken:
        complain(error)


def console(*, stderr: bool = False) -> Console:
    """Returns the console, as wide as the terminal or as COLUMNS in the environment says.

    Other output is 160 columns wide, so that its tables stay whole: rich would fold them at 80.

    Args:
        stderr: whether it is for what is told on the way, and not for results.
    """
    columns = os.environ.get("COLUMNS", "")
    stream = sys.stderr if stderr else sys.stdout
    is_known = stream.isatty() or (columns.isdigit() and int(columns) > 0)
    return Console(stderr=stderr, width=None if is_known else 160)
