"""What the recordings of training say of the recorder: their levels, their lengths, their parts."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dcase_classic.config import Config
from dcase_classic.model.length_scale import LengthRange, TrainingParts
from dcase_classic.model.level_guard import LevelGuard
from dcase_classic.model.machine import MachineModel
from dcase_classic.model.row_tables import ChosenRows
from dcase_classic.pipeline.extract import Extraction
from dcase_classic.records import Clip, Domain

_PARTS_OF_DOMAIN = 30
_FEWEST_PARTS = 3  # a spread of fewer means nothing


def choose_parted(clips: Sequence[Clip]) -> frozenset[Clip]:
    """The clips that parts are taken of: up to 30 of each domain, spread evenly."""
    chosen: list[Clip] = []
    for domain in (*Domain, None):
        members = [clip for clip in clips if clip.domain is domain]
        n_parts = min(len(members), _PARTS_OF_DOMAIN)
        positions = np.linspace(0, len(members) - 1, n_parts).round().astype(int)
        chosen += [members[position] for position in positions]
    return frozenset(chosen)


def training_parts(extraction: Extraction) -> TrainingParts | None:
    """The parts of those clips that are learned from; None where they are too few."""
    places = {clip: position for position, clip in enumerate(extraction.clips)}
    kept = [number for number, clip in enumerate(extraction.part_clips) if clip in places]
    if len(kept) < _FEWEST_PARTS:
        return None
    numbers = np.array(kept, np.intp)
    return TrainingParts(
        tables={
            features: ChosenRows.from_clips(table, table.clip_index, numbers)
            for features, table in extraction.part_tables.items()
        },
        clips=np.array([places[extraction.part_clips[number]] for number in kept], np.intp),
    )


def with_ranges(model: MachineModel, extraction: Extraction, config: Config) -> MachineModel:
    """The model with the levels and the lengths of the clips that it was fitted on."""
    measures = extraction.measures
    return replace(
        model,
        levels=LevelGuard.fit(
            np.array([measure.level_db for measure in measures]),
            [clip.domain for clip in extraction.clips],
            margin_db=config.level.margin_db,
        ),
        lengths=LengthRange.fit(np.array([measure.duration_s for measure in measures])),
    )
