"""What made the results in a folder: ``run.json`` beside them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from dcase_classic._version import __version__
from dcase_classic.config import Config
from dcase_classic.config.specs import parse_record, to_plain
from dcase_classic.errors import ConfigError, DataError, listed
from dcase_classic.given_files import read_given_bytes
from dcase_classic.grouping import grouped
from dcase_classic.io.dates import shown_date
from dcase_classic.io.files import write_text
from dcase_classic.io.locks import locked
from dcase_classic.io.plain_text import to_json
from dcase_classic.io.strict_json import parse_json
from dcase_classic.records import SectionKey

RUN_FILE = "run.json"

_MAX_BYTES = 64 * 2**20
_MOST_VALUES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSection:
    """How the clips of a machine and section were scored.

    Attributes
    ----------
    machine_type, section : which.
    date : of the run, in which other sections may have been scored too.
    models : the folder of its models.
    model_sha256, model_date : of the model.
    threshold : of its decisions.
    settings : the fingerprint of those of the model, a key of `RunRecord.settings`.
    n_clips, n_skipped : how many have a score, and how many have none.
    data_sha256 : stands for the names and the content of the clips.
    """

    machine_type: str
    section: str
    date: str
    models: str
    model_sha256: str
    model_date: str
    threshold: float | None
    settings: str
    n_clips: int
    n_skipped: int
    data_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What made the results in a folder; sections that a later run scored again are of that run.

    Attributes
    ----------
    version : of this package.
    date : of the last run.
    command : of the last run; empty from Python.
    models : the folder of its models.
    sections : what was scored.
    settings : of the models, by their fingerprints.
    """

    version: str
    date: str
    command: str
    models: str
    sections: tuple[RunSection, ...]
    settings: dict[str, Config]

    def title(self, keys: Iterable[SectionKey]) -> str:
        """Who made the results of these sections, in a line; run by run where there were several.

        It is empty where nothing tells.
        """
        parts = {(part.machine_type, part.section): part for part in self.sections}
        known = sorted(key for key in keys if key in parts)
        runs = grouped(((parts[key].date, parts[key].models), key) for key in known)
        unknown = sorted(key for key in keys if key not in parts)
        said = [
            self._made(*run) + (f" ({_titles(own)})" if len(runs) > 1 or unknown else "")
            for run, own in sorted(runs.items(), reverse=True)
        ]
        said += [f"nothing tells who made {_titles(unknown)}"] if known and unknown else []
        n_settings = len({parts[key].settings for key in known})
        said += [f"sections have {n_settings} settings"] if n_settings > 1 else []
        return "; ".join(said)

    def _made(self, date: str, models: str) -> str:
        is_last = (date, models) == (self.date, self.models)
        maker = f"by dcase_classic {self.version}, " if is_last else ""
        return f"scored {maker}{shown_date(date)}, with the models in {models}"

    def data_by_section(self) -> dict[tuple[str, str], str]:
        """What stands for the clips of every section."""
        return {(part.machine_type, part.section): part.data_sha256 for part in self.sections}


def _titles(keys: Iterable[SectionKey]) -> str:
    return listed([f"{machine_type} {section}" for machine_type, section in keys])


def enter_run(folder: Path, section: RunSection, config: Config, *, command: str) -> None:
    """Enter what was scored; what earlier runs say of other sections stays.

    Several processes may do so at once.
    """
    with locked(folder):
        before = read_run(folder)
        old = () if before is None else before.sections
        by_key = {(part.machine_type, part.section): part for part in (*old, section)}
        parts = tuple(part for _, part in sorted(by_key.items()))
        known = ({} if before is None else before.settings) | {section.settings: config}
        record = RunRecord(
            version=__version__,
            date=section.date,
            command=command,
            models=section.models,
            sections=parts,
            settings=known,
        )
        _write_run(folder, record)


def leave_run(folder: Path, key: SectionKey) -> None:
    """Say no more of a machine and section, whose results are gone."""
    with locked(folder):
        before = read_run(folder)
        if before is None:
            return
        parts = tuple(part for part in before.sections if (part.machine_type, part.section) != key)
        if not parts:
            (folder / RUN_FILE).unlink()
            return
        _write_run(folder, replace(before, sections=parts))


def _write_run(folder: Path, record: RunRecord) -> None:
    """Write it, with the settings of its sections."""
    used = {part.settings for part in record.sections}
    settings = {key: config for key, config in sorted(record.settings.items()) if key in used}
    write_text(folder / RUN_FILE, to_json(to_plain(replace(record, settings=settings))))


def read_run(folder: Path) -> RunRecord | None:
    """What made the results in a folder; None where nothing tells, or not in these words."""
    try:
        content = read_given_bytes(folder / RUN_FILE, max_bytes=_MAX_BYTES)
        table = parse_json(content, most_brackets=_MOST_VALUES, most_commas=_MOST_VALUES)
        return parse_record(RunRecord, table, where=RUN_FILE)
    except (DataError, ConfigError, ValueError, RecursionError):
        return None
