"""MIMII's own layout: ``<machine>/id_NN/{normal,abnormal}``, split by a seeded rule.

MIMII has no training and test folders. The rule is that of its authors' baseline, with a drawn
instead of a counted choice: as many normal clips are test clips as there are abnormal ones, the
others are training clips; here at most half of the normal clips are, so that a small copy of the
data set still trains. (Purohit et al., MIMII Dataset, DCASE 2019, section 4.)
"""

import numpy as np

from dcase_classic.io.recordings.layout import ClipFolder, audio_files
from dcase_classic.records import Clip, Label, Split
from dcase_classic.seeding import derive_seed

SPLIT_SEED = 0
SPLIT_RULE = (
    "MIMII: as many normal clips are test clips as there are abnormal ones, at most half of them, "
    f"drawn with seed {SPLIT_SEED}"
)


def mimii_clips(folder: ClipFolder) -> list[Clip]:
    """The clips of one ``id_NN`` folder.

    Their base names repeat between ``normal`` and ``abnormal`` and from id to id, so results use
    the names that the same recordings have in DCASE 2020: ``normal_id_00_00000000.wav``.
    """
    section = folder.path.name.removeprefix("id_")
    normal, abnormal = (
        audio_files(folder.path / label) if (folder.path / label).is_dir() else []
        for label in ("normal", "abnormal")
    )
    n_test = min(len(abnormal), len(normal) // 2)
    seed = derive_seed(SPLIT_SEED, folder.path.parent.name, section, "mimii split")
    drawn = set(np.random.default_rng(seed).permutation(len(normal))[:n_test].tolist())
    splits = [Split.TEST if position in drawn else Split.TRAIN for position in range(len(normal))]
    labelled = [
        *((path, split, Label.NORMAL) for path, split in zip(normal, splits, strict=True)),
        *((path, Split.TEST, Label.ANOMALY) for path in abnormal),
    ]
    return [
        Clip(
            path=path,
            machine_type=folder.machine_type,
            section=section,
            split=split,
            label=label,
            alias=f"{label}_id_{section}_{path.name}",
        )
        for path, split, label in labelled
    ]
