"""Reading back what ``predict --json --why`` and ``--jsonl --why`` wrote."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcase_classic.config.specs import place_text, read_record
from dcase_classic.errors import DataError
from dcase_classic.given_files import is_file, is_path, read_given_bytes
from dcase_classic.io.strict_json import parse_json
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.outcomes.reasons import Explanation, FamilyShare, NearestNormal, Reason
from dcase_classic.records import Span, shared_fields

_MOST_VALUES = 4_000_000  # of a list of rows
_MOST_OF_A_ROW = 10_000
_LARGEST = 1e12  # of any number; sums and ratios of such numbers are finite
_SHORTEST_S = 0.1  # of a window
_ADVICE = "expected the output of 'predict --json --why'"


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionRow:
    """A row as it stands in JSON; see docs/outputs.md."""

    path: str
    machine_type: str | None
    anomaly_score: float | None
    threshold: float | None
    severity: float | None
    p_value: float | None
    p_value_is_extrapolated: bool | None
    decision: int | None
    reason: str | None
    start_s: float | None
    end_s: float | None
    summary: str = ""
    why: tuple[Reason, ...] = ()
    families: tuple[FamilyShare, ...] = ()
    nearest_normal: str | None = None
    nearest_normal_is_there: bool = False
    nearest_normal_start_s: float | None = None
    nearest_normal_end_s: float | None = None
    nearest_normal_name: str | None = None

    def __post_init__(self) -> None:
        for path in (self.path, self.nearest_normal):
            if path is not None and not is_path(path):
                raise ValueError(f"got {path!r}, expected a path")
        scored = (self.anomaly_score, self.threshold, self.severity, self.p_value, self.decision)
        if len({value is None for value in scored}) > 1:
            raise ValueError("expected score, threshold, severity, p_value and decision or none")
        if self.decision not in {None, 0, 1} or not 0 <= (self.p_value or 0.0) <= 1:
            raise ValueError("expected a decision of 0 or 1 and a p_value in [0, 1]")
        _check_ends((self.start_s, self.end_s), least=_SHORTEST_S)
        nearest = (self.nearest_normal_start_s, self.nearest_normal_end_s)
        _check_ends(nearest, least=_SHORTEST_S)
        _check_sizes(*scored, *(family.share for family in self.families))
        for reason in self.why:
            _check_sizes(reason.share, reason.excess_db)
            _check_ends((reason.from_s, reason.to_s))
            _check_ends(reason.band_hz)
            _check_ends(reason.rate_hz)

    def prediction(self) -> Prediction:
        """The same as the package has it; whether the nearest normal is there, is looked up."""
        path = None if self.nearest_normal is None else Path(self.nearest_normal)
        span = Span.between(self.nearest_normal_start_s, self.nearest_normal_end_s)
        is_there = path is not None and is_file(path)
        name = self.nearest_normal_name or ""
        nearest = NearestNormal(position=0, path=path, is_there=is_there, span=span, name=name)
        explanation = None
        if self.anomaly_score is not None and self.families:
            explanation = Explanation(
                anomaly_score=self.anomaly_score,
                why=self.why,
                families=self.families,
                nearest_normal=nearest,
            )
        values = shared_fields(self, Prediction) | {"path": Path(self.path)}
        return Prediction(**values, explanation=explanation)


def read_predictions(path: Path) -> list[Prediction]:
    """The rows of recordings, in the order of the file.

    Raises
    ------
    DataError
        If it is not the output of ``predict --json --why`` or ``--jsonl --why``, or says of no
        recording why it has its score.
    """
    rows = list(_predictions(path))
    scored = [row for row in rows if row.anomaly_score is not None]
    if scored and all(row.explanation is None for row in scored):
        raise DataError("does not say why recordings have their scores", path=path, advice=_ADVICE)
    if not rows:
        raise DataError("no recording in it", path=path, advice=_ADVICE)
    return rows


def _predictions(path: Path) -> Iterator[Prediction]:
    """What the rows say, one after the other."""
    for number, values in enumerate(_rows(path), start=1):
        row, mistakes = read_record(PredictionRow, values)
        if mistakes:
            place = " ".join(filter(None, (f"row {number}", place_text(mistakes[0].place))))
            raise DataError(f"{place}: {mistakes[0].problem}", path=path, advice=_ADVICE)
        yield row.prediction()


def _rows(path: Path) -> Iterator[Any]:
    """The rows one after the other: of a list, or of lines."""
    content = read_given_bytes(path)
    try:
        if content.lstrip().startswith(b"["):
            most = _MOST_VALUES
            yield from parse_json(content, most_brackets=most, most_commas=most)
            return
        most = _MOST_OF_A_ROW
        for line in filter(None, content.split(b"\n")):
            yield parse_json(line, most_brackets=most, most_commas=most)
    except (ValueError, RecursionError) as error:
        raise DataError("not the rows of recordings", path=path, advice=_ADVICE) from error


def _check_sizes(*values: float | None) -> None:
    for value in values:
        if value is not None and not abs(value) <= _LARGEST:
            raise ValueError(f"got {value!r}, expected a number up to {_LARGEST:g}")


def _check_ends(ends: tuple[float | None, ...] | None, least: float = 0.0) -> None:
    """Two numbers, the first not negative and the second not smaller, or nothing."""
    low, high = (None, None) if ends is None else _pair(ends)
    if low is None and high is None:
        return
    if low is None or high is None or not 0 <= low <= high - least <= _LARGEST:
        raise ValueError(f"got {low!r} to {high!r}, expected a range")


def _pair(ends: tuple[float | None, ...]) -> tuple[float | None, float | None]:
    if len(ends) != 2:
        raise ValueError(f"got {len(ends)} numbers, expected two")
    return ends[0], ends[1]
