"""The package that is handed in: a zip file with all files of one system."""

from collections.abc import Mapping
from pathlib import Path

from dcase_classic.io.zip_files import write_zip

TASK_FOLDER = "task2"
META_ENDING = ".meta.yaml"


def write_package(
    output: Path,
    label: str,
    texts: Mapping[str, str],
    *,
    meta: Path,
    technical_report: Path | None = None,
) -> int:
    """Write ``task2/<label>/`` into a zip file; the number of files in it.

    Parameters
    ----------
    output : the zip file; the same contents give the same bytes.
    label : of the system.
    texts : the official files by their names.
    meta, technical_report : files that go into it; line ends of the first become LF.
    """
    contents = {name: text.encode() for name, text in texts.items()}
    contents[f"{label}{META_ENDING}"] = meta.read_bytes().replace(b"\r\n", b"\n")
    if technical_report is not None:
        contents[f"{label}.technical_report.pdf"] = technical_report.read_bytes()
    folder = f"{TASK_FOLDER}/{label}"
    write_zip(output, {f"{folder}/{name}": content for name, content in contents.items()})
    return len(contents)
