"""Build wheel and sdist, the same bytes each time: ``python scripts/build.py [--out dist]``.

Both are built twice from copies of the tree and compared; neither may hold tests, recordings or
caches. ``SOURCE_DATE_EPOCH`` is the time that files in them have, 1980 where it is not set.
"""

import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
FIRST_ZIP_DATE = "315532800"
NOT_COPIED = shutil.ignore_patterns(
    *(".git", ".venv*", "__pycache__", "*.egg-info", "build", "dist"),
    *(".*_cache", ".hypothesis", ".coverage*"),
)
WHEEL = {"dcase_classic"}  # what stands at the top, beside dcase_classic-<version>.dist-info
SDIST = {*WHEEL, "docs", "examples", "dcase_classic.egg-info"}
FOREIGN_ENDINGS = (".wav", ".flac", ".npy", ".joblib", ".pack", ".pyc", ".zip")
_BUILD = """
import sys
from setuptools import build_meta
folder = sys.argv[1]  # setuptools writes words of its own there
build_meta.build_sdist(folder)
build_meta.build_wheel(folder)
"""


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("dist"), show_default=True)
def main(out: Path) -> None:
    """Build both files into a folder; status 1 where two builds differ or hold foreign files."""
    problems = []
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        built, again = build(Path(first)), build(Path(second))
        problems += [
            f"{name}: another build has other bytes"
            for name in sorted(built | again)
            if built.get(name) != again.get(name)
        ]
        for name in sorted(built):
            problems += [f"{name}: lacks {member}" for member in missing_members(built[name], name)]
            problems += [f"{name}: holds {member}" for member in foreign_members(name, built[name])]
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        sys.exit(1)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in built.items():
        (out / name).write_bytes(content)
        click.echo(f"{out / name}: {len(content)} bytes")


def build(folder: Path) -> dict[str, bytes]:
    """The wheel and the sdist by their names, made in an empty folder."""
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=NOT_COPIED)
    variables = {"SOURCE_DATE_EPOCH": FIRST_ZIP_DATE, **os.environ, "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-c", _BUILD, str(folder)]
    subprocess.run(command, cwd=tree, env=variables, check=True, capture_output=True)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    epoch = int(variables["SOURCE_DATE_EPOCH"])
    return {sdist.name: timeless(sdist.read_bytes(), epoch), wheel.name: wheel.read_bytes()}


def timeless(sdist: bytes, epoch: int) -> bytes:
    """A tar.gz with members in order of their names, all of one time and nobody's."""
    packed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(sdist)) as source,
        gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=epoch) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as target,
    ):
        for member in sorted(source.getmembers(), key=lambda member: member.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.mode, member.pax_headers = 0o755 if member.isdir() else 0o644, {}
            target.addfile(member, source.extractfile(member) if member.isfile() else None)
    return packed.getvalue()


def members_of(name: str, content: bytes) -> list[str]:
    """The paths of what a wheel or an sdist holds."""
    if name.endswith(".whl"):
        with zipfile.ZipFile(io.BytesIO(content)) as wheel:
            return wheel.namelist()
    with tarfile.open(fileobj=io.BytesIO(content)) as sdist:
        return [member.partition("/")[2] for member in sdist.getnames()]


def missing_members(content: bytes, name: str) -> list[str]:
    """The files of the package, code and others, that a wheel or an sdist lacks."""
    files = (path for path in (ROOT / "dcase_classic").rglob("*") if path.is_file())
    wanted = {
        path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts
    }
    return sorted(wanted - set(members_of(name, content)))


def foreign_members(name: str, content: bytes) -> list[str]:
    """What a wheel or an sdist must not hold."""
    members = members_of(name, content)
    return [member for member in members if is_foreign(member, is_wheel=name.endswith(".whl"))]


def is_foreign(member: str, *, is_wheel: bool) -> bool:
    """Whether it is no part of the package and none of the files that describe it."""
    parts = Path(member).parts
    known = WHEEL if is_wheel else SDIST
    is_known = len(parts) < 2 or parts[0] in known or parts[0].endswith(".dist-info")
    return not is_known or "__pycache__" in parts or member.endswith(FOREIGN_ENDINGS)


if __name__ == "__main__":
    main()
