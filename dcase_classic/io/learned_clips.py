"""The clips that a model was fitted on, beside its file: what a next fit need not be told again."""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dcase_classic.config.setting import check_setting
from dcase_classic.config.specs import parse_record, to_plain
from dcase_classic.errors import ArtifactError, ConfigError, one_line
from dcase_classic.given_files import is_path
from dcase_classic.io.files import read_bounded, write_text
from dcase_classic.io.model_entry import ModelEntry
from dcase_classic.io.plain_text import to_json
from dcase_classic.io.strict_json import parse_json
from dcase_classic.io.training_digest import FileDigests
from dcase_classic.records import Clip, Domain, Label, RawFormat, Split, shared_fields

_LARGEST_BYTES = 64 * 2**20
_MOST_BRACKETS = 2_000_000
_MOST_COMMAS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedClip:
    """A `Clip` with the hashes of its files; paths are texts."""

    path: str
    machine_type: str
    section: str
    split: Split
    domain: Domain | None
    label: Label | None
    attributes: str
    alias: str
    parts: tuple[str, ...]
    raw: RawFormat | None
    session: str
    is_sibling: bool
    is_own: bool
    digests: FileDigests

    def __post_init__(self) -> None:
        """Check that paths can be some."""
        for path in (self.path, *self.parts):
            check_setting(is_path(path), "path", path[:200], "a path")

    @classmethod
    def from_clip(cls, clip: Clip, digests: FileDigests) -> "LearnedClip":
        """What is kept of a clip; of one that the model was told from without hashes."""
        values = shared_fields(clip, cls)
        values["path"] = str(clip.path.absolute())
        values["parts"] = tuple(str(part.absolute()) for part in clip.parts)
        return cls(**values, digests=digests)

    @property
    def clip(self) -> Clip:
        """The clip."""
        values = shared_fields(self, Clip)
        values["path"], values["parts"] = Path(self.path), tuple(map(Path, self.parts))
        return Clip(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedClips:
    """The clips of a model, and those that it was told from."""

    clips: tuple[LearnedClip, ...]
    contrast: tuple[LearnedClip, ...]


def write_learned_clips(path: Path, learned: LearnedClips) -> str:
    """Write the file; the hash of its content."""
    text = to_json(to_plain(learned))
    write_text(path, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_learned_clips(folder: Path, entry: ModelEntry) -> LearnedClips:
    """The clips of a model.

    Raises
    ------
    ArtifactError
        If they were not kept, or their file is missing, altered or damaged.
    """
    path = folder / entry.clips_file_name
    if not entry.clips_sha256:
        problem = f"does not say what {entry.machine_type} was fitted on: it is of an older version"
        raise ArtifactError(problem, path=folder, advice="fit it again with all recordings")
    content = read_bounded(path, _LARGEST_BYTES)
    if hashlib.sha256(content).hexdigest() != entry.clips_sha256:
        problem = "its content is not what the manifest says (SHA-256)"
        raise ArtifactError(problem, path=path, advice="fit it again with all recordings")
    try:
        table = parse_json(content, most_brackets=_MOST_BRACKETS, most_commas=_MOST_COMMAS)
        return parse_record(LearnedClips, table, where="clips")
    except (ValueError, RecursionError, ConfigError) as error:
        problem = f"damaged ({one_line(error)[:500]})"
        raise ArtifactError(problem, path=path, advice="fit it again") from error


def known_clips(folder: Path, entry: ModelEntry) -> tuple[LearnedClip, ...]:
    """The clips of a model; empty where they were not kept, or cannot be read any more."""
    with suppress(ArtifactError):  # of an older version, or gone
        return read_learned_clips(folder, entry).clips
    return ()


def digests_by_file(clips: Iterable[LearnedClip]) -> dict[Path, str]:
    """The hash of every file that was learned from, where it is known."""
    return {
        file: digest
        for learned in clips
        for file, digest in zip(learned.clip.files, learned.digests, strict=False)
    }
