"""Where the clips lie that a model was fitted on, in the order in which it knows them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from dcase_classic.config.setting import check_setting
from dcase_classic.given_files import is_path
from dcase_classic.records import Clip


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFiles:
    """The files of training clips; a clip that was cut into parts stands by the first.

    Attributes
    ----------
    folder : an absolute folder that all of them lie in.
    files : from there, one for every clip of the model, in its order.
    """

    folder: str = ""
    files: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that they can be paths."""
        for file in self.files:
            joined = f"{self.folder}/{file}"
            check_setting(is_path(joined), "files", joined[:200], "paths")

    @classmethod
    def from_clips(cls, clips: Sequence[Clip]) -> Self:
        """The files of clips as they lie now."""
        paths = [clip.path.absolute() for clip in clips]
        folder = Path(os.path.commonpath([path.parent for path in paths]))
        return cls(folder=str(folder), files=tuple(str(path.relative_to(folder)) for path in paths))

    def position(self, name: str) -> int | None:
        """Which clip has a name, with as many folders as make it the only one; None for none."""
        folder = Path(self.folder)
        ends = [(folder / file).as_posix().endswith(f"/{name}") for file in self.files]
        return ends.index(True) if ends.count(True) == 1 else None

    def path(self, position: int) -> Path:
        """Where a clip lay when the model was fitted."""
        return Path(self.folder) / self.files[position]


UNKNOWN_FILES = TrainingFiles()
