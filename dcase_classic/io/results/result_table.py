"""Reading one ``name,value`` file strictly: every defect is found, none is repaired in silence."""

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from math import isfinite
from pathlib import Path

from dcase_classic.challenge.clip_names import AUDIO_EXTENSIONS
from dcase_classic.errors import DataError, listed
from dcase_classic.given_files import read_given_bytes
from dcase_classic.records import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTable:
    """The rows of one score or decision file that could be read, and what is wrong with it."""

    path: Path
    values: dict[str, float]
    findings: tuple[Finding, ...]


class Defect(Enum):
    """What can be wrong with a file, and what was expected instead."""

    UNREADABLE = "not a UTF-8 text file", "save it as UTF-8 without a byte order mark"
    EMPTY = "no row", "expected one row for every test clip"
    BOM = "starts with a byte order mark (BOM), which shifts all rows", "save it as UTF-8 without"
    HEADER = "a header", "expected 'name,number' from the first line on"
    BLANK = "blank line", "remove it"
    TAB = "tab", "columns are separated by a comma"
    COLUMNS = "not two columns", "expected exactly 'name,number'"
    NO_NUMBER = "the second column is not a number", ""
    NOT_FINITE = "NaN or inf", "every clip needs a finite number"
    NO_DECISION = "the decision is neither 0 (normal) nor 1 (anomaly)", ""
    PATH = "a path in the name", "expected the base name of the clip"
    QUOTES = "quotation marks", "write rows as name,number without them"
    EXTENSION = "a name without its extension (.wav)", ""
    DOUBLED = "a name for the second time", "every clip has one row"
    CRLF = "Windows line ends (CRLF)", "LF is official"
    SPACES = "spaces around a value", ""
    DECISION_FORM = "a decision that is not written 0 or 1, such as 1.0", ""
    UNSORTED = "rows are not sorted by name", "harmless here, expected in an official file"
    CONSTANT = "all scores are equal, so they rank nothing", ""

    def __init__(self, problem: str, advice: str) -> None:
        self.problem = problem
        self.advice = advice


WARNINGS = frozenset(
    {Defect.CRLF, Defect.SPACES, Defect.DECISION_FORM, Defect.UNSORTED, Defect.CONSTANT}
)
_BOM = b"\xef\xbb\xbf"
_Defects = dict[Defect, list[int]]


def read_table(path: Path, *, is_decision: bool = False) -> ResultTable:
    """The rows of a score or decision file and all its defects; see `parse_table`."""
    try:
        content = read_given_bytes(path)
    except DataError as error:
        return ResultTable(path=path, values={}, findings=(Finding.from_error(error),))
    return parse_table(path, content, is_decision=is_decision)


def parse_table(path: Path, content: bytes, *, is_decision: bool = False) -> ResultTable:
    """The rows of a score or decision file and all its defects; never raises for its content.

    Parameters
    ----------
    path : of the file, for findings.
    content : ``name,value`` in every line, without a header.
    is_decision : whether the values have to be 0 or 1.
    """
    defects: _Defects = defaultdict(list)
    values: dict[str, float] = {}
    for number, line in enumerate(_lines(content, defects), start=1):
        row = _parse(line, number, defects)
        if row is None:
            continue
        name, value, written = row
        if is_decision and value not in {0.0, 1.0}:
            defects[Defect.NO_DECISION].append(number)
        elif is_decision and written not in {"0", "1"}:
            defects[Defect.DECISION_FORM].append(number)
        if name in values:
            defects[Defect.DOUBLED].append(number)
        else:
            values[name] = value
    if not values:
        defects[Defect.EMPTY].append(0)
    _judge_whole(values, defects, is_decision=is_decision)
    findings = tuple(_finding(path, defect, lines) for defect, lines in defects.items())
    return ResultTable(path=path, values=values, findings=findings)


def _lines(content: bytes, defects: _Defects) -> list[str]:
    """The lines of the file; defects of the file as a whole are noted."""
    if content.startswith(_BOM):
        defects[Defect.BOM].append(0)
        content = content.removeprefix(_BOM)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        defects[Defect.UNREADABLE].append(0)
        return []
    if "\r" in text:
        defects[Defect.CRLF].append(0)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.removesuffix("\n").split("\n") if text else []


def _parse(line: str, number: int, defects: _Defects) -> tuple[str, float, str] | None:
    """Name, value and written value of one line; None if it has no name and finite number."""
    if not line.strip():
        defects[Defect.BLANK].append(number)
        return None
    for character, defect in (("\t", Defect.TAB), ('"', Defect.QUOTES)):
        if character in line:
            defects[defect].append(number)
            return None
    fields = line.split(",")
    if len(fields) != 2:
        defects[Defect.COLUMNS].append(number)
        return None
    name, written = (field.strip() for field in fields)
    if len(name) + len(written) + 1 != len(line):
        defects[Defect.SPACES].append(number)
    value = _number(written)
    if value is None:
        is_header = number == 1 and not name.lower().endswith(AUDIO_EXTENSIONS)
        defects[Defect.HEADER if is_header else Defect.NO_NUMBER].append(number)
        return None
    if not isfinite(value):
        defects[Defect.NOT_FINITE].append(number)
        return None
    if "/" in name or "\\" in name:
        defects[Defect.PATH].append(number)
    if not name.lower().endswith(AUDIO_EXTENSIONS):
        defects[Defect.EXTENSION].append(number)
    return name, value, written


def _number(written: str) -> float | None:
    try:
        return None if "_" in written else float(written)  # Python reads 1_0 as 10
    except ValueError:
        return None


def _judge_whole(values: dict[str, float], defects: _Defects, *, is_decision: bool) -> None:
    """Note what only all rows together show."""
    names = list(values)
    if names != sorted(names):
        defects[Defect.UNSORTED].append(0)
    if not is_decision and len(values) > 1 and len(set(values.values())) == 1:
        defects[Defect.CONSTANT].append(0)


def _finding(path: Path, defect: Defect, lines: list[int]) -> Finding:
    """The defect as a finding; line 0 stands for the whole file."""
    numbers = [str(line) for line in lines if line > 0]
    where = f"line{'s' if len(numbers) > 1 else ''} {listed(numbers)}: " if numbers else ""
    make = Finding.warning if defect in WARNINGS else Finding.error
    return make(path, where + defect.problem, advice=defect.advice)
