"""What the manifest says of a model: records that are checked when they are made."""

import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from math import isfinite

from dcase_classic._version import __version__
from dcase_classic.config import Config
from dcase_classic.errors import ArtifactError
from dcase_classic.io.training_files import TrainingFiles
from dcase_classic.model.foreign_parts import ForeignPart
from dcase_classic.outcomes.training import DomainAlarms, Misfit
from dcase_classic.records import OWN_SECTION, SectionKey, shared_fields
from dcase_classic.sound.clip_format import ClipFormat

FITTED, ADDED, RECALIBRATED = "fitted", "clips added", "recalibrated"

_MOST_LETTERS = 100
_NAME = rf"(?![. ])[\w.\- ]{{1,{_MOST_LETTERS}}}(?<! )"
_MOST_REVISIONS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What a model was before it was changed; attributes as of `ModelEntry`.

    ``recordings`` and ``siblings`` are None where they were not kept: no change changed them.
    """

    revision: int
    date: str
    action: str
    sha256: str
    n_bytes: int
    schema: int
    versions: dict[str, str]
    config: Config
    training_digest: str
    training: TrainingFiles
    threshold: float
    group_weights: dict[str, float]
    peakiness: float | None
    held_out: tuple[DomainAlarms, ...]
    misfits: tuple[Misfit, ...]
    session_source: str
    is_for_new_sessions: bool
    n_clips: int
    clips_sha256: str
    recordings: ClipFormat | None = None
    siblings: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        _check_step(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry(Revision):
    """What the manifest says of the model of a machine and section.

    Attributes
    ----------
    sha256, n_bytes : of its file.
    config : the settings that made it.
    training_digest : stands for the clips that it was fitted on.
    training : where they lay.
    recordings : the format of most of them, None where it is not known.
    threshold, peakiness, group_weights : as of the model.
    held_out : the false alarms among its held-out clips, by domain.
    misfits : the least typical of its training clips, those first that fit least.
    siblings : the sections and machines that it was told from.
    session_source : what tells the sessions of the clips; empty where nothing does.
    is_for_new_sessions : whether the threshold is made for sessions that nobody has heard.
    schema : of its file.
    versions : what made it, for people; nothing depends on it.
    revision, date, action : how often it was changed, when the last time, and what was done.
    history : what it was before, the oldest first; their files are kept.
    n_clips, clips_sha256 : how many clips it was given to fit on, and the hash of the file that
        names them; empty where it was not kept.
    foreign : the parts of other packages that it consists of.
    """

    machine_type: str
    section: str
    recordings: ClipFormat | None
    siblings: tuple[str, ...]
    history: tuple[Revision, ...]
    foreign: tuple[ForeignPart, ...]

    def __post_init__(self) -> None:
        """Check the ranges."""
        Revision.__post_init__(self)
        numbers = self._revisions()
        _check_range(sorted(set(numbers)) == numbers, "history", numbers)

    @property
    def key(self) -> SectionKey:
        """Machine type and section."""
        return self.machine_type, self.section

    @property
    def n_learned(self) -> int:
        """How many recordings it has learned from, of those that it was given."""
        return self.training.n_recordings or self.n_clips

    @property
    def file_name(self) -> str:
        """The name of the model's file."""
        return model_file_name(*self.key, revision=self.revision)

    @property
    def clips_file_name(self) -> str:
        """The name of the file that names the clips: of the last revision that was fitted."""
        return clips_file_name(*self.key, revision=self.fitted_step().revision)

    @property
    def file_names(self) -> set[str]:
        """All files that belong to it, those of its history too."""
        numbers = self._revisions()
        models = {model_file_name(*self.key, revision=number) for number in numbers}
        return models | {clips_file_name(*self.key, revision=number) for number in numbers}

    def free_revision(self) -> int:
        """The first number that no file has that belongs to it."""
        return min(set(range(len(self.history) + 2)) - set(self._revisions()))

    def _revisions(self) -> list[int]:
        return [*(old.revision for old in self.history), self.revision]

    def step(self) -> "Revision":
        """What it is now, for its history."""
        return Revision(**shared_fields(self, Revision))

    def fitted_step(self) -> "Revision":
        """What it was when it was fitted last: its clips and their sessions are those."""
        steps = [self.step(), *reversed(self.history)]
        return next((old for old in steps if old.action != RECALIBRATED), steps[-1])

    def undone(self) -> "ModelEntry":
        """What it was before the last change.

        Raises
        ------
        ArtifactError
            If nothing was changed.
        """
        if not self.history:
            title = title_of(self.key, self.held_out)
            since = "saved here" if self.action == RECALIBRATED else "fitted"
            raise ArtifactError(f"{title}: nothing has changed since it was {since}")
        *earlier, before = self.history
        known = {
            name: value
            for name, value in shared_fields(before, ModelEntry).items()
            if value is not None or name not in {"recordings", "siblings"}
        }
        return replace(self, **known, history=tuple(earlier))


def model_file_name(machine_type: str, section: str, *, revision: int = 0) -> str:
    """``<machine>_section_<NN>.joblib``, and ``.r1.joblib`` after a first change.

    Raises
    ------
    ArtifactError
        If a name would leave the folder.
    """
    for what, name in (("machine", machine_type), ("section", section)):
        if not (isinstance(name, str) and re.fullmatch(_NAME, name)):
            raise ArtifactError(
                f"{what} {name[:80] if isinstance(name, str) else name!r}: cannot be a file name",
                advice=f"expected up to {_MOST_LETTERS} letters, digits, _ - . or inner spaces",
            )
    changed = f".r{revision}" if revision else ""
    return f"{machine_type}_section_{section}{changed}.joblib"


def clips_file_name(machine_type: str, section: str, *, revision: int = 0) -> str:
    """``<machine>_section_<NN>.clips.json``; see `model_file_name`."""
    name = model_file_name(machine_type, section, revision=revision)
    return f"{name.removesuffix('joblib')}clips.json"


def title_of(key: SectionKey, alarms: Iterable[DomainAlarms]) -> str:
    """What messages call a model: its machine, and its section where names have told one."""
    return key[0] if is_own(key, alarms) else f"{key[0]} section {key[1]}"


def is_own(key: SectionKey, alarms: Iterable[DomainAlarms]) -> bool:
    """Whether a model is of recordings of one's own: no section or domain was read from names."""
    return key[1] == OWN_SECTION and all(domain.domain is None for domain in alarms)


def _check_step(step: Revision) -> None:
    _check_range(re.fullmatch("[0-9a-f]{64}", step.sha256), "sha256", step.sha256)
    _check_range(step.n_bytes > 0, "n_bytes", step.n_bytes)
    _check_range(isfinite(step.threshold), "threshold", step.threshold)
    _check_range(isfinite(step.peakiness or 0), "peakiness", step.peakiness)
    weights = step.group_weights
    _check_range(all(0 <= weight <= 1 for weight in weights.values()), "group_weights", weights)
    for alarms in step.held_out:
        _check_range(0 <= alarms.n_alarms <= alarms.n_clips > 0, "held_out", alarms)
    _check_range(step.n_clips >= 0, "n_clips", step.n_clips)
    _check_range(0 <= step.revision < _MOST_REVISIONS, "revision", step.revision)
    _check_range(
        re.fullmatch("([0-9a-f]{64})?", step.clips_sha256), "clips_sha256", step.clips_sha256
    )
    if (usual := step.recordings) is not None:
        numbers = (usual.sample_rate_hz, usual.n_channels, usual.n_samples)
        _check_range(all(0 < number < 2**40 for number in numbers), "recordings", usual)


def _check_range(is_right: object, key: str, value: object) -> None:
    if not is_right:
        raise ValueError(f"{key}: got {value!r}, which no model has")


def versions_now() -> dict[str, str]:
    """What models were made with, for people; nothing depends on it."""
    packages = ("numpy", "scipy", "scikit-learn", "joblib")
    versions = {package: _version(package) for package in packages}
    return {"dcase_classic": __version__, "python": platform.python_version(), **versions}


@cache
def _version(package: str) -> str:
    from importlib.metadata import version  # slow, and not needed to start

    return version(package)
