"""``dcase-classic models``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.completion import complete_models
from dcase_classic.cli.output import emit, say
from dcase_classic.run import Run
from dcase_classic.wording import counted


@click.group
def command() -> None:
    """List, show, rename, remove, sign or check models.

    A signature says whose models they are; without one a folder is only checked to be whole.
    """


_folder = click.argument("folder", type=options.EXISTING_FOLDER)
_machine = click.argument("machine", metavar="MACHINE", shell_complete=complete_models)


@command.command("list")
@_folder
@options.form_options
@options.admission_options(loads_models=False)
def list_(folder: Path, form: str | None, run: Run) -> None:
    """Print a line for every model in FOLDER."""
    from dcase_classic.io.manifest import read_manifest
    from dcase_classic.report.maintenance import models_table
    from dcase_classic.report.result_rows import model_rows
    from dcase_classic.report.rows import rows_text

    entries = read_manifest(folder, verify_key=run.verify_key_file)
    if form:
        emit(rows_text(model_rows(entries.values()), form))
    else:
        emit("".join(f"{line}\n" for line in models_table(entries)))


@command.command("show")
@_folder
@click.argument("machine", required=False, metavar="[MACHINE]", shell_complete=complete_models)
@options.form_options
@options.admission_options(loads_models=True)
def show(folder: Path, machine: str | None, form: str | None, run: Run) -> None:
    """Print all that is known of a model in FOLDER, of MACHINE or MACHINE/SECTION."""
    from dcase_classic.io.artifacts import load_entry
    from dcase_classic.io.learned_clips import read_learned_clips
    from dcase_classic.pipeline.maintain import choose_entry
    from dcase_classic.report.maintenance import model_lines, model_row
    from dcase_classic.report.rows import row_text

    entry = choose_entry(folder, machine, run)
    learned = read_learned_clips(folder, entry) if entry.clips_sha256 else None
    model = load_entry(folder, entry, allow_parts=run.allow_parts).model
    if form:
        emit(row_text(model_row(entry, model, learned), form))
    else:
        emit("".join(f"{line}\n" for line in model_lines(entry, model, learned)))
    say(f"to see and hear it: dcase-classic report --models {folder} -o models.html")


@command.command("rename")
@_folder
@_machine
@click.argument("name", metavar="NEW")
@options.admission_options(loads_models=False)
def rename(folder: Path, machine: str, name: str, run: Run) -> None:
    """Call the models of MACHINE in FOLDER by a NEW name."""
    from dcase_classic.pipeline.maintain import rename_machine

    count = rename_machine(folder, machine, name, run=run)
    click.echo(f"{counted(count, 'model')} of {machine} renamed to {name}")
    options.say_signature(folder)


@command.command("remove")
@_folder
@_machine
@options.admission_options(loads_models=False)
def remove(folder: Path, machine: str, run: Run) -> None:
    """Remove the models of MACHINE, or that of MACHINE/SECTION, from FOLDER."""
    from dcase_classic.pipeline.maintain import remove_models

    count = remove_models(folder, machine, run=run)
    click.echo(f"{counted(count, 'model')} of {machine} removed from {folder}")
    options.say_signature(folder)


@command.command("sign")
@_folder
@options.sign_key_option(is_required=True)
def sign(folder: Path, sign_key: Path) -> None:
    """Sign the models in FOLDER as they are now."""
    from dcase_classic.io.manifest import sign_manifest
    from dcase_classic.io.signatures import read_signing_key

    path = sign_manifest(folder, read_signing_key(sign_key))
    say(f"the signature is in {path}")


@command.command("verify")
@_folder
@options.admission_options(loads_models=True)
def verify(folder: Path, run: Run) -> None:
    """Read all models in FOLDER with every check; with --verify-key also who has signed them."""
    from dcase_classic.io.artifacts import load_entry
    from dcase_classic.io.learned_clips import read_learned_clips
    from dcase_classic.io.manifest import read_manifest

    key = run.verify_key_file
    entries = read_manifest(folder, verify_key=key)
    for entry in entries.values():
        load_entry(folder, entry, allow_parts=run.allow_parts)
        if entry.clips_sha256:
            read_learned_clips(folder, entry)
    signed = "who signed them was not checked" if key is None else f"signed by {run.verify_key}"
    click.echo(f"{counted(len(entries), 'model is', 'models are')} whole, {signed}")
