"""``dcase-classic models``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import say
from dcase_classic.run import Run


@click.group
def command() -> None:
    """Sign a folder of models, or check it.

    A signature says whose models they are; without one a folder is only checked to be whole.
    """


@command.command("sign")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@options.sign_key_option(is_required=True)
def sign(folder: Path, sign_key: Path) -> None:
    """Sign the models in FOLDER as they are now."""
    from dcase_classic.io.manifest import sign_manifest
    from dcase_classic.io.signatures import read_signing_key

    path = sign_manifest(folder, read_signing_key(sign_key))
    say(f"the signature is in {path}")


@command.command("verify")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@options.run_options(reads_models=True)
def verify(folder: Path, run: Run) -> None:
    """Read all models in FOLDER with every check; with --verify-key also who has signed them."""
    from dcase_classic.io.artifacts import load_model
    from dcase_classic.io.manifest import read_manifest

    key = run.verify_key_file
    entries = read_manifest(folder, verify_key=key)
    for machine_type, section in entries:
        load_model(folder, machine_type, section, verify_key=key)
    signed = "who signed them was not checked" if key is None else f"signed by {run.verify_key}"
    click.echo(f"{len(entries)} models are whole, {signed}")
