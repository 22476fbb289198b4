"""Where the clips lie that a model was fitted on, in the order in which it knows them."""

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from dcase_classic.config.setting import check_setting
from dcase_classic.given_files import is_path
from dcase_classic.records import Clip, Span, with_span


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFiles:
    """The files of training clips; a clip that was cut into parts stands by the first.

    Attributes
    ----------
    folder : an absolute folder that all of them lie in.
    files : from there, one for every clip of the model, in its order.
    spans : of each, which stretch of the file it is, None for all of it; empty where all are whole.
    """

    folder: str = ""
    files: tuple[str, ...] = ()
    spans: tuple[Span | None, ...] = ()

    def __post_init__(self) -> None:
        """Check that they can be paths."""
        for file in self.files:
            joined = f"{self.folder}/{file}"
            check_setting(is_path(joined), "files", joined[:200], "paths")
        n_spans = len(self.spans)
        check_setting(n_spans in {0, len(self.files)}, "spans", n_spans, "one for each file")
        for span in self.spans:
            is_right = span is None or 0 <= span.start_s < span.end_s < math.inf
            check_setting(is_right, "spans", span, "from 0 s on, and of some length")

    @classmethod
    def from_clips(cls, clips: Sequence[Clip]) -> Self:
        """The files of clips as they lie now."""
        paths = [clip.path.absolute() for clip in clips]
        folder = Path(os.path.commonpath([path.parent for path in paths]))
        spans = tuple(clip.span for clip in clips)
        return cls(
            folder=str(folder),
            files=tuple(str(path.relative_to(folder)) for path in paths),
            spans=spans if any(spans) else (),
        )

    def position(self, name: str) -> int | None:
        """Which clip has a name, with as many folders as make it the only one; None for none."""
        places = map(self.place, range(len(self.files)))
        ends = [place.endswith(f"/{name}") for place in places]
        return ends.index(True) if ends.count(True) == 1 else None

    def name(self, position: int) -> str:
        """What a clip is called: its name, with its folders where others have it too."""
        file = Path(self.files[position])
        others = set(self.files) - {self.files[position]}  # windows are of one file
        is_alone = file.name not in map(os.path.basename, others)  # there may be many
        return file.name if is_alone else file.as_posix()

    @property
    def n_recordings(self) -> int:
        """How many recordings there are: windows are of few."""
        return len(set(self.files))

    @property
    def unit(self) -> str:
        """What clips are, in people's words."""
        return "window" if self.spans else "recording"

    def path(self, position: int) -> Path:
        """Where a clip lay when the model was fitted."""
        return Path(self.folder) / self.files[position]

    @property
    def paths(self) -> frozenset[str]:
        """Where all of them lay, as texts: who asks for one path needs no thousand objects."""
        return frozenset(f"{self.folder.rstrip('/')}/{file}" for file in self.files)

    def among(self, clips: Iterable[Clip]) -> frozenset[Clip]:
        """Those of some clips that the model was fitted on, and whose scores tell nothing.

        They are known by their paths alone: to hash every recording would cost as much as to score
        it.
        """
        own = self.paths
        return frozenset(
            clip for clip in clips if clip.samples is None and str(clip.path.absolute()) in own
        )

    def place(self, position: int) -> str:
        """The path of a clip, and which stretch of the file it is."""
        return with_span(self.path(position).as_posix(), self.span(position))

    def span(self, position: int) -> Span | None:
        """Which stretch of its file a clip is; None for all of it."""
        return self.spans[position] if self.spans else None


UNKNOWN_FILES = TrainingFiles()
