"""Zip files of submissions: read like folders, written with the same bytes for the same content."""

import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dcase_classic.errors import SubmissionError
from dcase_classic.io.files import replacing

_FIRST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """The folder itself, or a temporary folder with the content of a zip file.

    Raises
    ------
    SubmissionError : if the zip file is damaged or encrypted.
    """
    if not zipfile.is_zipfile(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / path.stem
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)
        except (zipfile.BadZipFile, zlib.error, RuntimeError) as error:
            raise SubmissionError(f"damaged or encrypted: {error}", path=path) from error
        yield folder


def write_zip(path: Path, contents: Mapping[str, bytes]) -> None:
    """Write a zip file, all or nothing; no date and no order of ours gets into its bytes.

    Parameters
    ----------
    path : of the zip file; parent folders are made.
    contents : the bytes of every member by its name.
    """
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in sorted(contents):
            member = zipfile.ZipInfo(name, date_time=_FIRST_ZIP_DATE)
            member.external_attr = _PLAIN_FILE
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # Unix, also where it is written on Windows
            archive.writestr(member, contents[name])
