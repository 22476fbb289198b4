"""What each machine and section is learned from: its own clips, and those it is told from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.dataset import ClipSource, by_section, choose_clips
from dcase_classic.io.recordings.sessions import session_note, with_sessions
from dcase_classic.records import OWN_SECTION, Clip, SectionKey, Split
from dcase_classic.seeding import derive_seed

# More clips say little more about a mean in the scatter of all, and every section would pay for it.
_CLIPS_PER_SECTION = 50
_SECTIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSection:
    """The training clips of one machine and section.

    ``contrast`` are clips of others that it is told from; ``session_source`` says what tells the
    sessions of its own, ``notes`` what else is said of them.
    """

    key: SectionKey
    clips: list[Clip]
    contrast: list[Clip]
    session_source: str
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What messages call it."""
        is_own = self.key[1] == OWN_SECTION and all(clip.is_own for clip in self.clips)
        return self.key[0] if is_own else f"{self.key[0]} section {self.key[1]}"

    @property
    def siblings(self) -> tuple[str, ...]:
        """The sections and machines that it can be told from."""
        return tuple(dict.fromkeys(clip.section for clip in self.contrast))


def training_sections(
    data: ClipSource, *, machines: Iterable[str] = (), contrast_seed: int | None = None
) -> list[TrainingSection]:
    """The training clips of every section, in sorted order of machines and sections.

    Parameters
    ----------
    data : a folder of clips, or the clips that were found in one.
    machines : only these; all where empty.
    contrast_seed : of the draw of clips to be told from; None draws none.

    Raises
    ------
    DataError
        If there are no clips, or siblings have the name of a section.
    """
    sections = by_section(choose_clips(data, Split.TRAIN, machines=machines))
    return list(_training_sections(sections, contrast_seed))


def draw_contrast(
    sections: Mapping[SectionKey, Sequence[Clip]], key: SectionKey, *, seed: int
) -> list[Clip]:
    """Some clips of other sections of a machine, at most 50 of each of 20.

    Parameters
    ----------
    sections : normal training clips at hand.
    key : the section that is told from others.
    seed : of the draw, which does not depend on what the machine is called.
    """
    rng = np.random.default_rng(derive_seed(seed, "contrast"))
    others = sorted(other for other in sections if other != key and other[0] == key[0])
    drawn = []
    for position in sorted(rng.permutation(len(others))[:_SECTIONS]):
        clips = sorted(sections[others[position]], key=lambda clip: clip.name)
        n_drawn = min(_CLIPS_PER_SECTION, len(clips))
        drawn += [clips[i] for i in sorted(rng.choice(len(clips), n_drawn, replace=False))]
    return drawn


def _training_sections(
    sections: Mapping[SectionKey, list[Clip]], contrast_seed: int | None
) -> Iterable[TrainingSection]:
    for key, members in sections.items():
        siblings = [clip for clip in members if clip.is_sibling]
        if len(siblings) == len(members):
            continue
        if siblings:
            problem = f"the sibling {key[1]!r} has the name of a section"
            raise DataError(problem, path=siblings[0].path)
        clips, source = with_sessions(members)
        others = [] if contrast_seed is None else draw_contrast(sections, key, seed=contrast_seed)
        yield TrainingSection(
            key=key,
            clips=clips,
            contrast=others,
            session_source=source,
            notes=tuple(filter(None, [session_note(members), _unused(sections, key, others)])),
        )


def _unused(
    sections: Mapping[SectionKey, list[Clip]], key: SectionKey, contrast: Sequence[Clip]
) -> str:
    """What is said where siblings were given and the settings ask for none; else nothing."""
    is_given = any(
        clip.is_sibling for other in sections if other[0] == key[0] for clip in sections[other][:1]
    )
    is_unused = is_given and not contrast
    return "siblings change nothing: no view of these settings asks for them" if is_unused else ""
