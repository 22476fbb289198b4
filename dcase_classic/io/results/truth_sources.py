"""The places that state truths about test clips: official folders, lists, and labelled names."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dcase_classic.challenge.years import AUDIO_EXTENSIONS, CLIP_NAME_PATTERNS
from dcase_classic.errors import DataError
from dcase_classic.io.results.result_table import read_table
from dcase_classic.records import Domain, Label, SectionKey, SectionTruth, Severity

DATA, DOMAIN, ATTRIBUTES = "ground_truth_data", "ground_truth_domain", "ground_truth_attributes"
TEST_FOLDERS = ("test", "source_test", "target_test", "test_rename")
PRUNED_FOLDERS = frozenset({"train", "processed", "supplemental"})
MAX_DEPTH = 6  # data / dcase2024t2 / dev_data / raw / machine / test

_TRUTH_NAME = re.compile(
    r"ground_truth_(?P<machine_type>.+?)_section_(?P<section>\d{2})(?:_(?:source|target))?_test\.csv"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthSource:
    """One place that states truths; ``is_list`` where the published faults of 2022 may be.

    ``fault`` says why a source that stands beside the official folders could not be read.
    """

    path: Path
    sections: dict[SectionKey, SectionTruth]
    is_list: bool
    fault: str = ""


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
        yield _list_source(path)
        return
    folder = path.parent if path.name in {DATA, DOMAIN, ATTRIBUTES} else path
    is_official = (folder / DATA).is_dir()
    if is_official:
        yield _folder_source(folder)
    readers = {_chosen_list: "eval_data_list*.csv", _attribute_source: ATTRIBUTES}
    others = [(reader, name) for reader, name in readers.items() if any(folder.glob(name))]
    for reader, name in others:
        try:
            yield reader(folder, year)
        except DataError as error:
            if not is_official:
                raise
            yield TruthSource(path=folder / name, sections={}, is_list=True, fault=str(error))
    if not is_official and not others:
        yield _recording_source(folder)


def truth_of_names(names: Iterable[tuple[SectionKey, str]]) -> dict[SectionKey, SectionTruth]:
    """The truth that labelled clip names carry; names without a label are left out."""
    sections: dict[SectionKey, SectionTruth] = defaultdict(SectionTruth)
    for key, name in names:
        parsed = parse_labelled_name(name)
        if parsed is not None:
            _note(sections[key], name, *parsed)
    return dict(sections)


def parse_labelled_name(name: str) -> tuple[Label, Domain | None] | None:
    """Label and domain from the name of a clip, or None if it does not carry a label.

    The name may lack its extension; attributes may hold dots.

    Examples
    --------
    >>> parse_labelled_name("section_03_source_test_anomaly_0000_volt_3.0")
    (<Label.ANOMALY: 'anomaly'>, <Domain.SOURCE: 'source'>)
    """
    fields = _parse_name(name)
    if fields is None or not fields.get("label"):
        return None
    domain = fields.get("domain")
    return Label(fields["label"]), Domain(domain) if domain else None


def recorded_names(folder: Path, *, prefer_renamed: bool) -> Iterator[tuple[SectionKey, str]]:
    """Machine, section and name of every test clip below a folder, without opening any."""
    for test_folder in _test_folders(folder.resolve(), MAX_DEPTH, prefer_renamed=prefer_renamed):
        for path in sorted(test_folder.iterdir()):
            is_audio = path.name.lower().endswith(AUDIO_EXTENSIONS)
            fields = _parse_name(path.name) if is_audio else None
            if fields is not None:
                yield (test_folder.parent.name, fields["section"]), path.name


def _test_folders(folder: Path, depth: int, *, prefer_renamed: bool) -> Iterator[Path]:
    """Folders of test clips; ``test_rename`` holds those of ``test`` again, with their labels."""
    if folder.name in TEST_FOLDERS:
        yield folder
        return
    children = {child.name: child for child in sorted(folder.iterdir()) if child.is_dir()}
    if "test_rename" in children:
        children.pop("test" if prefer_renamed else "test_rename", None)
    for name, child in children.items():
        if depth > 0 and name not in PRUNED_FOLDERS and not name.startswith("."):
            yield from _test_folders(child, depth - 1, prefer_renamed=prefer_renamed)


def _folder_source(folder: Path) -> TruthSource:
    """The official folders; in 2021 the clip names tell the domain, later a folder does."""
    sections: dict[SectionKey, SectionTruth] = defaultdict(SectionTruth)
    for key, path in _truth_files(folder / DATA):
        for name, value in _rows(path).items():
            sections[key].is_anomaly[name] = value == 1
            fields = _parse_name(name)
            if fields is not None and fields.get("domain"):
                sections[key].is_target[name] = fields["domain"] == Domain.TARGET
    for key, path in _truth_files(folder / DOMAIN):
        for name, value in _rows(path).items():
            sections[key].is_target[name] = value == 1
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


def _chosen_list(folder: Path, year: int | None) -> TruthSource:
    """The list of the year in a folder; section numbers repeat, so lists must not be mixed."""
    listings = sorted(folder.glob("eval_data_list*.csv"))
    if len(listings) > 1:
        listings = [listing for listing in listings if year and str(year) in listing.name]
    if len(listings) != 1:
        raise DataError(
            "several lists eval_data_list_<year>.csv",
            path=folder,
            advice="give the path of one of them, or the year",
        )
    return _list_source(listings[0])


def _list_source(path: Path) -> TruthSource:
    """A machine in a line of its own, then ``hidden name,labelled name[,label]``."""
    sections: dict[SectionKey, SectionTruth] = defaultdict(SectionTruth)
    machine_type = ""
    for number, line in enumerate(_text_lines(path), start=1):
        where = f"{path}: line {number}"
        columns = [column.strip() for column in line.split(",")]
        if not any(columns[1:]):
            machine_type = columns[0]
            continue
        fields = _parse_name(columns[0])
        if not machine_type or fields is None:
            raise DataError(
                (
                    f"got {line!r}, expected a machine in a line of its own and below it rows "
                    "'section_00_0000.wav,section_00_source_test_normal_0000.wav'"
                ),
                path=where,
            )
        _note_pair(sections[machine_type, fields["section"]], columns, where=where)
    if not sections:
        raise DataError("no row", path=path, advice="expected 'hidden name,labelled name'")
    return TruthSource(path=path, sections=dict(sections), is_list=True)


def _note_pair(section: SectionTruth, columns: list[str], *, where: str) -> None:
    """Note one row of a list: hidden name, labelled name and, in 2020, the label."""
    hidden, labelled = columns[:2] if len(columns) > 1 else (columns[0], "")
    parsed = parse_labelled_name(labelled)
    if parsed is None:
        raise DataError(
            f"got {labelled!r}, expected a clip name with normal or anomaly", path=where
        )
    label, domain = parsed
    stated = (
        {"0": Label.NORMAL, "1": Label.ANOMALY}.get(columns[2], label) if columns[2:] else label
    )
    if stated is not label:
        raise DataError(f"the label is {columns[2]}, but the name says {label}", path=where)
    if hidden in section.is_anomaly:
        raise DataError(
            f"{hidden} for the second time", path=where, advice="expected one row for every clip"
        )
    _note(section, hidden, label, domain)
    extension = "" if labelled.lower().endswith(AUDIO_EXTENSIONS) else ".wav"
    section.labelled_names[labelled + extension] = hidden


def _recording_source(folder: Path) -> TruthSource:
    sections = truth_of_names(recorded_names(folder, prefer_renamed=True))
    if not sections:
        raise DataError(
            "no truth",
            path=folder,
            advice=(
                "expected ground_truth_data (an official evaluator has it), an "
                "eval_data_list_<year>.csv, or recordings "
                "<machine>/test/section_<NN>_<domain>_test_<normal or anomaly>_<index>.wav"
            ),
        )
    return TruthSource(path=folder, sections=sections, is_list=False)


def _truth_files(folder: Path) -> Iterator[tuple[SectionKey, Path]]:
    for path in sorted(folder.glob("*.csv")):
        match = _TRUTH_NAME.fullmatch(path.name)
        if match is not None:
            yield (match["machine_type"], match["section"]), path


def _rows(path: Path) -> dict[str, float]:
    table = read_table(path, is_decision=True)
    errors = [finding.problem for finding in table.findings if finding.severity is Severity.ERROR]
    if errors:
        raise DataError(f"{'; '.join(errors)}", path=path)
    return table.values


def _text_lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise DataError(
            "not a text file", path=path, advice="expected 'hidden name,labelled name'"
        ) from error


def _note(section: SectionTruth, name: str, label: Label, domain: Domain | None) -> None:
    section.is_anomaly[name] = label is Label.ANOMALY
    if domain is not None:
        section.is_target[name] = domain is Domain.TARGET


def _parse_name(name: str) -> dict[str, str] | None:
    stem = name
    for extension in AUDIO_EXTENSIONS:
        if name.lower().endswith(extension):
            stem = name[: -len(extension)]
    matches = (pattern.fullmatch(stem) for pattern in CLIP_NAME_PATTERNS)
    return next((match.groupdict() for match in matches if match), None)
