"""The places that state truths about test clips: official folders, lists, and labelled names."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dcase_classic.challenge.clip_names import AUDIO_EXTENSIONS, parse_name
from dcase_classic.errors import DataError, SubmissionError, listed
from dcase_classic.evaluation.joining import SectionTruth
from dcase_classic.given_files import read_given_text
from dcase_classic.io.recordings.dataset import find_clips, has_recordings
from dcase_classic.io.recordings.folders import read_folder
from dcase_classic.io.results.result_table import read_table
from dcase_classic.records import Domain, Label, SectionKey, Severity, Split

DATA, DOMAIN, ATTRIBUTES = "ground_truth_data", "ground_truth_domain", "ground_truth_attributes"

_STATED = {"0": Label.NORMAL, "1": Label.ANOMALY}
_TRUTH_NAME = re.compile(
    r"ground_truth_(?P<machine_type>.+?)_section_(?P<section>\d{2})(?:_(?:source|target))?"
    r"_test(?i:\.csv)"
)
_LIST_NAME = re.compile(r"eval_data_list_(?P<year>\d{4})(?i:\.csv)")
_LISTS = re.compile(r"eval_data_list.*(?i:\.csv)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthSource:
    """One place that states truths; ``is_list`` where the published faults of 2022 may be.

    ``fault`` says why a source that stands beside the official folders could not be read.
    """

    path: Path
    sections: dict[SectionKey, SectionTruth]
    is_list: bool
    fault: DataError | None = None


def truth_sources(path: Path, year: int | None = None) -> Iterator[TruthSource]:
    """Everything in one path that states truths, the official folders first.

    Parameters
    ----------
    path : a folder or a list file.
    year : of several lists in one folder, the one of this year is read.

    Raises
    ------
    DataError : if the path does not exist, states no truth, or one of its files is damaged.
    """
    if not path.exists():
        raise DataError("no such file or folder", path=path, advice="expected a source of truth")
    if path.is_file():
        yield _list_source(path, year)
        return
    path = path if path.name else path.absolute()  # where it is called "."
    folder = path.parent if path.name in {DATA, DOMAIN, ATTRIBUTES} else path
    is_official = (folder / DATA).is_dir()
    if is_official:
        yield _folder_source(folder)
    others: list[tuple[Callable[[Path, int | None], TruthSource], str]] = []
    if _lists_of(folder):
        others.append((_chosen_list, "eval_data_list*.csv"))
    if (folder / ATTRIBUTES).exists():
        others.append((_attribute_source, ATTRIBUTES))
    for reader, name in others:
        try:
            yield reader(folder, year)
        except DataError as error:
            if not is_official:
                raise
            yield TruthSource(path=folder / name, sections={}, is_list=True, fault=error)
    if not is_official and not others:
        yield _recording_source(folder)


def truth_of_names(names: Iterable[tuple[SectionKey, str]]) -> dict[SectionKey, SectionTruth]:
    """The truth that labelled clip names carry; names without a label are left out.

    Raises
    ------
    SubmissionError : if a name is that of a training clip, or of another section than its results.
    """
    sections: dict[SectionKey, SectionTruth] = defaultdict(SectionTruth)
    for key, name in names:
        parts = parse_name(name)
        if parts is None or parts.label is None:
            continue
        if parts.section != key[1] or parts.split is Split.TRAIN:
            problem = "a training clip" if parts.split is Split.TRAIN else "of another section"
            raise SubmissionError(f"{key[0]} section {key[1]}: {name} is {problem}")
        _note(sections[key], name, parts.label, parts.domain)
    return dict(sections)


def _folder_source(folder: Path) -> TruthSource:
    """The official folders; in 2021 the clip names tell the domain, later a folder does."""
    sections: dict[SectionKey, SectionTruth] = defaultdict(SectionTruth)
    for key, path in _truth_files(folder / DATA):
        rows = _rows(path)
        _add(sections[key].is_anomaly, rows, path)
        for parts, name in ((parse_name(name), name) for name in rows):
            if parts is not None and parts.domain is not None:
                sections[key].is_target[name] = parts.domain is Domain.TARGET
    for key, path in _truth_files(folder / DOMAIN):
        _add(sections[key].is_target, _rows(path), path)
    if not sections:
        raise DataError(
            "no truth",
            path=folder / DATA,
            advice="expected ground_truth_<machine>_section_<NN>_test.csv",
        )
    return TruthSource(path=folder / DATA, sections=dict(sections), is_list=False)


def _attribute_source(parent: Path, _: int | None) -> TruthSource:
    """``hidden name,labelled name`` in one file for each section."""
    folder = parent / ATTRIBUTES
    sections: dict[SectionKey, SectionTruth] = defaultdict(SectionTruth)
    for key, path in _truth_files(folder):
        for number, line in enumerate(_text_lines(path), start=1):
            _note_pair(sections[key], line.split(","), where=f"{path}: line {number}")
    return TruthSource(path=folder, sections=dict(sections), is_list=True)


def _lists_of(folder: Path) -> list[Path]:
    return [path for path in _files_of(folder) if _LISTS.fullmatch(path.name)]


def _chosen_list(folder: Path, year: int | None) -> TruthSource:
    """The list of the year in a folder; section numbers repeat, so lists must not be mixed."""
    listings = _lists_of(folder)
    if len(listings) > 1:
        listings = [listing for listing in listings if year and str(year) in listing.name]
    if len(listings) != 1:
        raise DataError(
            "several lists eval_data_list_<year>.csv",
            path=folder,
            advice="give the path of one of them, or the year",
        )
    return _list_source(listings[0], year)


def _list_source(path: Path, year: int | None) -> TruthSource:
    """A machine in a line of its own, then ``hidden name,labelled name[,label]``.

    Hidden names repeat from year to year, so the list of another year is refused.
    """
    named = _LIST_NAME.fullmatch(path.name)
    if year is not None and named is not None and int(named["year"]) != year:
        raise DataError(f"the list of another year than {year}", path=path)
    sections: dict[SectionKey, SectionTruth] = defaultdict(SectionTruth)
    machine_type = ""
    for number, line in enumerate(_text_lines(path), start=1):
        where = f"{path}: line {number}"
        columns = [column.strip() for column in line.split(",")]
        if not any(columns[1:]):
            machine_type = columns[0]
            continue
        parts = parse_name(columns[0])
        if not machine_type or parts is None:
            raise DataError(
                f"got {line!r}, expected a machine in a line of its own and below it rows "
                "'section_00_0000.wav,section_00_source_test_normal_0000.wav'",
                path=where,
            )
        _note_pair(sections[machine_type, parts.section], columns, where=where)
    if not sections:
        raise DataError("no row", path=path, advice="expected 'hidden name,labelled name'")
    return TruthSource(path=path, sections=dict(sections), is_list=True)


def _note_pair(section: SectionTruth, columns: list[str], *, where: str) -> None:
    """Note one row of a list: hidden name, labelled name and, in 2020, the label."""
    hidden, labelled = columns[:2] if len(columns) > 1 else (columns[0], "")
    parts = parse_name(labelled)
    if parts is None or parts.label is None:
        raise DataError(
            f"got {labelled!r}, expected a clip name with normal or anomaly", path=where
        )
    stated = "".join(columns[2:3])
    if _STATED.get(stated, parts.label) is not parts.label:
        raise DataError(f"the label is {stated}, but the name says {parts.label}", path=where)
    if hidden in section.is_anomaly:
        raise DataError(
            f"{hidden} for the second time", path=where, advice="expected one row for every clip"
        )
    _note(section, hidden, parts.label, parts.domain)
    extension = "" if labelled.lower().endswith(AUDIO_EXTENSIONS) else ".wav"
    section.labelled_names[labelled + extension] = hidden


def _recording_source(folder: Path) -> TruthSource:
    sections: dict[SectionKey, SectionTruth] = defaultdict(SectionTruth)
    for clip in find_clips(folder, split=Split.TEST) if has_recordings(folder) else ():
        if clip.label is not None:
            key = (clip.machine_type, clip.section)
            _note(sections[key], clip.name, clip.label, clip.domain)
    if not sections:
        raise DataError(
            "no truth",
            path=folder,
            advice="expected ground_truth_data (an official evaluator has it), an "
            "eval_data_list_<year>.csv, or recordings "
            "<machine>/test/section_<NN>_<domain>_test_<normal or anomaly>_<index>.wav",
        )
    return TruthSource(path=folder, sections=dict(sections), is_list=False)


def _truth_files(folder: Path) -> Iterator[tuple[SectionKey, Path]]:
    for path in _files_of(folder):
        match = _TRUTH_NAME.fullmatch(path.name)
        if match is not None:
            yield (match["machine_type"], match["section"]), path


def _files_of(folder: Path) -> tuple[Path, ...]:
    """The files of a folder, in order of names; none where there is no folder."""
    listing = read_folder(folder)
    if listing.error is not None and folder.exists():
        raise listing.error
    return listing.files


def _rows(path: Path) -> dict[str, float]:
    table = read_table(path, is_decision=True)
    errors = [
        DataError(finding.problem, path=path, advice=finding.advice)
        for finding in table.findings
        if finding.severity is Severity.ERROR
    ]
    if errors:
        raise DataError.from_many(errors)
    return table.values


def _add(known: dict[str, bool], rows: dict[str, float], path: Path) -> None:
    """Add what one file of a section states; another may not have stated the contrary."""
    stated = {name: value == 1 for name, value in rows.items()}
    wrong = sorted(name for name in stated if known.get(name, stated[name]) != stated[name])
    if wrong:
        problem = f"contradicts another file of the section: {listed(wrong)}"
        raise DataError(problem, path=path, advice="keep one")
    known |= stated


def _text_lines(path: Path) -> list[str]:
    return [line for line in read_given_text(path).splitlines() if line.strip()]


def _note(section: SectionTruth, name: str, label: Label, domain: Domain | None) -> None:
    section.is_anomaly[name] = label is Label.ANOMALY
    if domain is not None:
        section.is_target[name] = domain is Domain.TARGET
