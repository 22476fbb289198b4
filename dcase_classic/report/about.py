"""Short texts about the cache, downloads, submissions and devices."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from dcase_classic.io.feature_store import StoreInfo
from dcase_classic.io.listening.sound_device import InputDevice
from dcase_classic.io.plain_text import to_json
from dcase_classic.io.recordings.download import Plan
from dcase_classic.io.zip_files import Unpacked
from dcase_classic.outcomes.examinations import CheckReport
from dcase_classic.outcomes.tables import Row
from dcase_classic.report.rows import finding_rows
from dcase_classic.report.text_table import Line, row_line
from dcase_classic.wording import counted


def cache_text(info: StoreInfo) -> str:
    """Where the cache is and how much it holds."""
    rows = (
        ("folder", info.folder),
        ("clips", f"{info.n_clips} (in {counted(info.n_packs, 'file')})"),
        ("size", f"{info.n_bytes / 1e6:.1f} MB"),
    )
    return "".join(f"{row_line(row, ('<6', '<'))}\n" for row in rows)


def plan_lines(plan: Plan, *, with_files: bool) -> Iterator[Line]:
    """Licences, number and size of the files that will be downloaded, and each of them."""
    sizes = [file.n_bytes for file in plan.files if file.n_bytes is not None]
    size = f"{sum(sizes) / 1e9:.2f} GB" if sizes else "size not known"
    least = "at least " if 0 < len(sizes) < len(plan.files) else ""
    summary = f"{counted(len(plan.files), 'zip file')}, {least}{size}"
    for note in [*(f"{plan.year} {licence}" for licence in plan.licences), summary]:
        yield Line(text=note, is_note=True)
    for file in plan.files if with_files else ():
        yield Line(text=f"{file.name}  md5 {file.md5}")


def cache_row(info: StoreInfo) -> Row:
    """The same for programs."""
    return asdict(info) | {"folder": str(info.folder)}


def file_rows(plan: Plan) -> Iterator[Row]:
    """The files that will be downloaded."""
    for file in plan.files:
        yield {
            "name": file.name,
            "machine_type": file.machine_type,
            "part": file.kind,
            "md5": file.md5,
            "n_bytes": file.n_bytes,
        }


def unpacked_rows(unpacked: Iterable[Unpacked]) -> Iterator[Row]:
    """What each zip file gave, as they come."""
    for zipped in unpacked:
        yield asdict(zipped) | {"path": str(zipped.path), "folder": str(zipped.folder)}


def unpacked_lines(unpacked: Iterable[Unpacked]) -> Iterator[Line]:
    """The same for people."""
    for zipped in unpacked:
        yield Line(text=f"{zipped.path.name}: {counted(zipped.n_written, 'file')}")


def device_text(devices: Iterable[InputDevice]) -> str:
    """The devices that record, one a line: number, name, channels, rate."""
    return "".join(
        f"{device.device}  {device.name}  {counted(device.n_channels, 'channel')}  "
        f"{device.sample_rate_hz:.0f} Hz\n"
        for device in devices
    )


def check_json(report: CheckReport) -> str:
    """What was looked at, and every finding."""
    content = {
        "n_systems": report.n_systems,
        "n_files": report.n_files,
        "n_errors": report.n_errors,
        "findings": list(finding_rows(report.findings)),
    }
    return to_json(content)


def check_text(report: CheckReport) -> str:
    """Every finding about a submission, and how many there are."""
    n_warnings = len(report.findings) - report.n_errors
    summary = (
        f"{counted(report.n_systems, 'system')}, {counted(report.n_files, 'file')}: "
        f"{counted(report.n_errors, 'error')}, {counted(n_warnings, 'warning')}"
    )
    return "".join(f"{line}\n" for line in (*report.findings, summary))
