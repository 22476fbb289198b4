"""The frozen records that flow through the package, and the closed sets of words they use.

Conventions, here and everywhere: a clip is one audio file, a segment is a part of it (1 s by
default), a frame is one column of the spectrogram. ``normality`` is higher for more normal sounds
(the direction of scikit-learn); ``anomaly_score`` is higher for more anomalous ones (DCASE's).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dcase_classic.errors import DcaseClassicError, sentence

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FloatArray = NDArray[np.float32] | NDArray[np.float64]
IndexArray = NDArray[np.intp]
Rows = NDArray[np.float32]  # of features, (n_rows, n_features)
Scores = NDArray[np.float64]  # of rows, clips or views
Interval = tuple[float, float]  # its ends


class Split(StrEnum):
    """Which half of a data set a clip belongs to."""

    TRAIN = "train"
    TEST = "test"


class Domain(StrEnum):
    """The operating or recording condition: source is plentiful, target is scarce."""

    SOURCE = "source"
    TARGET = "target"


class Label(StrEnum):
    """What is known about a clip; training clips are normal."""

    NORMAL = "normal"
    ANOMALY = "anomaly"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFormat:
    """Rate, coding and channels of samples that have no header.

    ``subtype`` and ``endian`` are libsndfile's words.
    """

    sample_rate_hz: int
    subtype: str
    n_channels: int = 1
    endian: str = "FILE"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SamplesInMemory:
    """Samples that no file holds, (n_samples, n_channels); ``coding`` is libsndfile's word."""

    values: NDArray[np.float32] | NDArray[np.int16]
    sample_rate_hz: int
    coding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a recording, in seconds from its beginning."""

    start_s: float
    end_s: float

    @classmethod
    def between(cls, start_s: float | None, end_s: float | None) -> "Span | None":
        """The stretch between two ends as rows have them; None where they have none."""
        return None if start_s is None or end_s is None else cls(start_s=start_s, end_s=end_s)

    def __str__(self) -> str:
        """As people are told of it."""
        return f"from {_in_seconds(self.start_s)} to {_in_seconds(self.end_s)} s"


def _in_seconds(time_s: float) -> str:
    """To the millisecond where a tenth does not tell: the last windows may begin that near."""
    text = f"{time_s:.3f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text


def with_span(name: str, span: Span | None) -> str:
    """What a recording, or a stretch of it, is called."""
    return name if span is None else f"{name} {span}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One audio file and what its name says about it.

    ``domain`` and ``label`` are None where the name does not tell (evaluation data); they are never
    an input to scoring. ``attributes`` is the free text behind the index of the file name.
    ``alias`` is the name that results use where the base name of the file is not unique; ``parts``
    are the files that hold the clip one after the other where it was cut, the first is ``path``.
    ``raw`` is the format of samples that have no header, None where the file tells it.
    Clips of one ``session`` were recorded together; it is empty where it is not known. A sibling
    is another machine of the kind, with its name as ``section``, which gets no model.
    ``samples`` are those of a clip that is no file; ``path`` is then what messages call it.
    ``span`` is the stretch of a long recording that is learned from as a clip of its own.
    The name of a clip that ``is_own`` tells nothing, even if it looks like one of the challenge.
    """

    path: Path
    machine_type: str
    section: str
    split: Split
    domain: Domain | None = None
    label: Label | None = None
    attributes: str = ""
    alias: str = ""
    parts: tuple[Path, ...] = ()
    raw: RawFormat | None = None
    session: str = ""
    is_sibling: bool = False
    is_own: bool = False
    samples: SamplesInMemory | None = field(default=None, compare=False, repr=False)
    span: Span | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that hold the samples, in order."""
        return self.parts or (self.path,)

    @property
    def name(self) -> str:
        """The base name of the file, as the official CSV files use it, or the alias."""
        return with_span(self.alias or self.path.name, self.span)

    @property
    def is_of_mimii(self) -> bool:
        """Whether it lies in MIMII's own layout, where files have other names than in results."""
        return bool(self.alias) and not self.parts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waveform:
    """Samples of one channel, shape (n_samples,), float32 in [-1, 1], at ``sample_rate_hz``.

    ``reference`` is a second channel of the same shape whose log-mel spectrogram is subtracted.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int
    reference: NDArray[np.float32] | None = None

    def changed(self, change: Callable[[Rows], Rows]) -> "Waveform":
        """The same with both channels changed alike."""
        reference = None if self.reference is None else change(self.reference)
        return replace(self, samples=change(self.samples), reference=reference)


SectionKey = tuple[str, str]  # machine type, section
OWN_SECTION = "00"  # of recordings whose names tell no section


def shared_fields(record: "DataclassInstance", kind: "type[DataclassInstance]") -> dict[str, Any]:
    """The values of the fields that a record has in common with another kind of record."""
    own = {item.name for item in fields(record)}
    return {item.name: getattr(record, item.name) for item in fields(kind) if item.name in own}


class Severity(StrEnum):
    """How bad a finding is: an error gets a file refused, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong or odd with a file or folder, and what to do about it.

    Attributes
    ----------
    severity : an error, or a warning.
    path : where.
    problem : what is wrong.
    advice : the next step; empty where the problem says it.
    kind : of finding (``bad file``, ``format``, ``leak`` ...); empty where there is one kind only.
    """

    severity: Severity
    path: Path
    problem: str
    advice: str = ""
    kind: str = ""

    @classmethod
    def from_error(cls, error: DcaseClassicError, *, kind: str = "") -> "Finding":
        """The finding that an error tells of."""
        path = Path(error.path or ".")
        return cls.error(path, error.problem, advice=error.advice, kind=kind)

    @classmethod
    def error(cls, path: Path, problem: str, *, advice: str = "", kind: str = "") -> "Finding":
        """A finding that gets a file refused."""
        return cls(severity=Severity.ERROR, path=path, problem=problem, advice=advice, kind=kind)

    @classmethod
    def warning(cls, path: Path, problem: str, *, advice: str = "", kind: str = "") -> "Finding":
        """A finding that one should know of."""
        return cls(severity=Severity.WARNING, path=path, problem=problem, advice=advice, kind=kind)

    def __str__(self) -> str:
        """The line that people read."""
        start = f"{self.severity}: {self.kind}: " if self.kind else f"{self.severity}: "
        return start + sentence(self.path, self.problem, self.advice)
