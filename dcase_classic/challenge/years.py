"""All that the organisers of DCASE Task 2 fixed: one frozen record for each year.

Sources: the official file lists and readmes of DCASE Challenge Task 2, 2020-2026; MD5s of 2023 as
soundata 1.0.1 has them, of 2026 from a copy of the record's list. Another year is another `Year` in
``YEARS``; no other module knows a year by its number.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dcase_classic.challenge.metric_rules import MetricRule
from dcase_classic.config import DEFAULT_TAIL
from dcase_classic.errors import DataError

Machines = Mapping[str, tuple[str, ...]]  # the sections of every machine; names are case sensitive
ClipKind = tuple[str, str, str]  # split, domain, label; "" where the names do not tell


class Subset(StrEnum):
    """The half of a year: the labelled development set, or the evaluation set."""

    DEV = "dev"
    EVAL = "eval"


class RecordKind(StrEnum):
    """What a record on Zenodo holds."""

    DEV = "dev"  # development data: training and labelled test clips
    TRAIN = "train"  # additional training data of the evaluation machines
    EVAL = "eval"  # evaluation test clips without labels

    @property
    def subset(self) -> Subset:
        """The half of the year that its machines belong to."""
        return Subset.DEV if self is RecordKind.DEV else Subset.EVAL


_RENAMED_KINDS = (
    ("test", "source", "normal"),
    ("test", "source", "anomaly"),
    ("test", "target", "normal"),
    ("test", "target", "anomaly"),
)
_N_CLIPS = {
    ("train", "source", "normal"): 990,
    ("train", "target", "normal"): 10,
    **dict.fromkeys(_RENAMED_KINDS, 50),
    ("test", "", ""): 200,
}
_ARCHIVES = {
    RecordKind.DEV: "dev_{machine}.zip",
    RecordKind.TRAIN: "eval_data_{machine}_train.zip",
    RecordKind.EVAL: "eval_data_{machine}_test.zip",
}
_DESCRIPTION = (
    "input_sampling_rate", "data_augmentation", "front_end", "acoustic_features", "embeddings",
    "machine_learning_method", "aggregation_method", "ensemble_method_subsystem_count",
    "decision_making", "external_data_usage", "development_data_usage",
)  # fmt: skip
_DESCRIPTION_LATER = ("domain_adaptation_method", "domain_generalization_method", "attribute_usage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One year of the challenge; what a field does not say is as it has been lately.

    Attributes
    ----------
    number : of the year.
    machines : and their sections, of each subset.
    zenodo_records : the numbers of the records.
    metric_rule : which clips an AUC compares.
    submission_tail : the end of ``anomaly_score_<machine>_<tail>.csv``, decisions alike.
    has_decisions : whether decision files are handed in.
    has_attributes : whether names of labelled clips tell attributes.
    hidden_name : pattern of the names of evaluation test clips; no index is used, ranges differ.
    n_eval_clips : evaluation test clips of every machine and section; None where they differ.
    n_clips : clips of every machine and section that are promised; others differ.
    n_renamed_test : labelled evaluation test clips of the machines that have other numbers: source
        normal, source anomaly, target normal, target anomaly.
    concealed : machines whose training clips conceal their attributes.
    wrong_lists : sections for which the published list has wrong labels and domains.
    archive_forms : the names of the zip files of each record.
    replaced_archives : zip files that were replaced after publication; the record keeps the new.
    known_md5s : of zip files; a hash that is not here comes from the record itself.
    meta_description, meta_complexity, meta_results : keys of the meta file.
    is_meta_seen : whether a meta file of the year was seen; else results are not compared.
    """

    number: int
    machines: Mapping[Subset, Machines]
    zenodo_records: Mapping[RecordKind, int]
    metric_rule: MetricRule = MetricRule.SHARED_ANOMALIES
    submission_tail: str = DEFAULT_TAIL
    has_decisions: bool = True
    has_attributes: bool = True
    hidden_name: str = r"section_{section}_\d{{4}}\.wav"
    n_eval_clips: int | None = 200
    n_clips: Mapping[ClipKind, int] = field(default_factory=lambda: _N_CLIPS)
    n_renamed_test: Mapping[str, tuple[int, int, int, int]] = field(default_factory=dict)
    concealed: frozenset[str] = frozenset()
    wrong_lists: Machines = field(default_factory=dict)
    archive_forms: Mapping[RecordKind, str] = field(default_factory=lambda: _ARCHIVES)
    replaced_archives: Mapping[str, str] = field(default_factory=dict)
    known_md5s: Mapping[str, str] = field(default_factory=dict)
    meta_description: tuple[str, ...] = _DESCRIPTION + _DESCRIPTION_LATER
    meta_complexity: tuple[str, ...] = ("total_parameters",)
    meta_results: tuple[str, ...] = ("auc_source", "auc_target", "pauc")
    is_meta_seen: bool = True

    @property
    def is_by_id(self) -> bool:
        """Whether names say ``id_NN`` instead of ``section_NN``."""
        return self.submission_tail.startswith("id_")

    @property
    def folder_name(self) -> str:
        """What the official baseline calls the folder of its recordings."""
        return f"dcase{self.number}t2"

    def sections_of(self, machine_type: str) -> frozenset[str]:
        """The sections of a machine in both subsets; none if the year does not have it."""
        return frozenset(
            section
            for machines in self.machines.values()
            for section in machines.get(machine_type, ())
        )

    def is_hidden_name(self, name: str, section: str) -> bool:
        """Whether it is the name of an evaluation test clip, as the year writes it.

        Examples
        --------
        >>> YEARS[2022].is_hidden_name("section_03_0000.wav", "03")
        True
        """
        return re.fullmatch(self.hidden_name.format(section=section), name) is not None

    def n_clips_of(self, machine_type: str) -> dict[ClipKind, int]:
        """The clips of each section of a machine that are promised."""
        renamed = self.n_renamed_test.get(machine_type, ())
        return {**self.n_clips, **dict(zip(_RENAMED_KINDS, renamed, strict=False))}


def find_year(number: int) -> Year:
    """The record of a year.

    Raises
    ------
    DataError
        If there is none.
    """
    if number not in YEARS:
        raise DataError(f"year: got {number!r}, expected one of {', '.join(map(str, YEARS))}")
    return YEARS[number]


PLAIN_TAIL = "section_{section}"  # readmes and several teams of 2022; refused by the evaluators


def _every(machine_types: str, *sections: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(machine_types.split(), sections)


def _subsets(dev: Machines, evaluation: Machines) -> dict[Subset, Machines]:
    return {Subset.DEV: dev, Subset.EVAL: evaluation}


def _records(dev: int, train: int, evaluation: int) -> dict[RecordKind, int]:
    return {RecordKind.DEV: dev, RecordKind.TRAIN: train, RecordKind.EVAL: evaluation}


_OLD_DEV = {RecordKind.DEV: "dev_data_{machine}.zip"}
_SEVEN = "ToyCar ToyTrain bearing fan gearbox slider valve"
_SEVEN_OLD = "ToyCar ToyTrain fan gearbox pump slider valve"
_HARMONIC_MEANS = ("harmonic_mean_auc_source", "harmonic_mean_auc_target", "harmonic_mean_pauc")

_MD5_2023 = {
    "dev_bearing.zip": "8a813bc8d8f156b5395bfccdfac7673c",
    "dev_fan.zip": "9348591e96fb0ad499a1e33b082562fc",
    "dev_gearbox.zip": "b6e55f6a31faa0fc8569ec0afdd53ccf",
    "dev_slider.zip": "b3f8dee36b4718c36d659a4fd1c4afe0",
    "dev_ToyCar.zip": "4e3bf15f4101ed4ed4f1fecde2e2b2a3",
    "dev_ToyTrain.zip": "6b02a6c65eebb3b8b1ae59a6b25bb897",
    "dev_valve.zip": "b2051a2022eadb53cd97581120811cae",
    "eval_data_bandsaw_train.zip": "9274dfe63de028743823f1123f8b4b47",
    "eval_data_bandsaw_test.zip": "2a8e8f39f6584ab366a8f4da52d4d7a6",
    "eval_data_grinder_train.zip": "17569c1f9df23621a0dbabc430684a35",
    "eval_data_grinder_test.zip": "631b3e1608b6077772829a6e68c82c77",
    "eval_data_shaker_train.zip": "35f821b5645b731fb5a1750e33b95fc3",
    "eval_data_shaker_test.zip": "ba98c98caa96051ec80e24e44b8fca56",
    "eval_data_ToyDrone_train.zip": "7fea367d1384a1521ae24f72203238de",
    "eval_data_ToyDrone_test.zip": "fdae7b8d1f4cadb2bea88bc93e2367db",
    "eval_data_ToyNscale_train.zip": "9332822f3e47afd984c01f2ecb5ca3af",
    "eval_data_ToyNscale_test.zip": "62f5f5043d8fb3a305b1c2e1025872de",
    "eval_data_ToyTank_train.zip": "b1fd3ab7de7561290df2d477de1c9d33",
    "eval_data_ToyTank_test.zip": "f5639bf58c47169c622751f19c6fc321",
    "eval_data_Vacuum_train.zip": "1c8de33d9a8c7850a1f7aaddb97d87be",
    "eval_data_Vacuum_test.zip": "a32524fd8c45b574a560685b38acc4e1",
}
_MD5_2026 = {
    "dev_ToyCar_r2.zip": "353201db217e25377a7e7eccf9c1c8a7",
    "eval_data_BlowerDustCollector_train.zip": "e79342948772cf51e50ff601cd9621f3",
    "eval_data_BlowerDustCollector_test.zip": "ec90d56f189e84e6430fb2878c59cb84",
    "eval_data_Sander_train.zip": "6cbcfbc65a09c4f3d00b9a55c50502ec",
    "eval_data_Sander_test.zip": "05f81c9a80e91c7b3cea15f8e8559b44",
    "eval_data_SewingMachine_train.zip": "74d08cacba3da88753badd69d19e577b",
    "eval_data_SewingMachine_test.zip": "f0a1a96b48006c301e8cec25e9214046",
    "eval_data_ToothBrush_train.zip": "6fa5f81796b5d37b3ed24bb8eff2ea25",
    "eval_data_ToothBrush_test.zip": "987395506fbb48c570d5d26babcab05e",
    "eval_data_ToyDrone_train.zip": "af3e4040ef7c67d7ee920608d0c38d82",
    "eval_data_ToyDrone_test.zip": "b36102371c188b630d201d443a00bab2",
}

_ALL = (
    Year(
        number=2020,
        machines=_subsets(
            _every("ToyCar", "01", "02", "03", "04")
            | _every("ToyConveyor", "01", "02", "03")
            | _every("fan pump slider valve", "00", "02", "04", "06"),
            _every("ToyCar", "05", "06", "07")
            | _every("ToyConveyor", "04", "05", "06")
            | _every("fan pump slider valve", "01", "03", "05"),
        ),
        zenodo_records=_records(3678171, 3727685, 3841772),
        metric_rule=MetricRule.PER_SECTION,
        submission_tail="id_{section}",
        has_decisions=False,
        has_attributes=False,
        hidden_name=r"id_{section}_\d{{8}}\.wav",
        n_eval_clips=None,
        n_clips={},
        archive_forms=_OLD_DEV
        | {
            RecordKind.TRAIN: "eval_data_train_{machine}.zip",
            RecordKind.EVAL: "eval_data_test_{machine}.zip",
        },
        meta_description=_DESCRIPTION,
        meta_results=("averaged_auc", "averaged_pauc"),
    ),
    Year(
        number=2021,
        machines=_subsets(
            _every(_SEVEN_OLD, "00", "01", "02"), _every(_SEVEN_OLD, "03", "04", "05")
        ),
        zenodo_records=_records(4562016, 4660992, 4884786),
        metric_rule=MetricRule.PER_DOMAIN,
        submission_tail="section_{section}_{domain}_test",
        has_attributes=False,
        hidden_name=r"section_{section}_(source|target)_test_\d{{4}}\.wav",
        n_eval_clips=None,
        n_clips={("train", "target", "normal"): 3, **dict.fromkeys(_RENAMED_KINDS, 100)},
        archive_forms=_ARCHIVES | _OLD_DEV,
        meta_results=_HARMONIC_MEANS,
        is_meta_seen=False,
    ),
    Year(
        number=2022,
        machines=_subsets(_every(_SEVEN, "00", "01", "02"), _every(_SEVEN, "03", "04", "05")),
        zenodo_records=_records(6355122, 6462969, 6586456),
        wrong_lists=_every("ToyCar ToyTrain", "03", "04", "05"),
        meta_results=_HARMONIC_MEANS,
    ),
    Year(
        number=2023,
        machines=_subsets(
            _every(_SEVEN, "00"),
            _every("ToyDrone ToyNscale ToyTank Vacuum bandsaw grinder shaker", "00"),
        ),
        zenodo_records=_records(7882613, 7830345, 7860847),
        n_renamed_test={
            "bandsaw": (67, 40, 60, 33),
            "grinder": (107, 27, 36, 30),
            "shaker": (49, 53, 52, 46),
        },
        known_md5s=_MD5_2023,
        is_meta_seen=False,
    ),
    Year(
        number=2024,
        machines=_subsets(
            _every(_SEVEN, "00"),
            _every(
                "3DPrinter AirCompressor BrushlessMotor HairDryer HoveringDrone RoboticArm Scanner "
                "ToothBrush ToyCircuit",
                "00",
            ),
        ),
        zenodo_records=_records(10902294, 11259435, 11363076),
        concealed=frozenset(
            _every("AirCompressor BrushlessMotor HoveringDrone ToothBrush ToyTrain gearbox slider")
        ),
        replaced_archives={
            "eval_data_3DPrinter_train.zip": "eval_data_3DPrinter_train_r2.zip",
            "eval_data_RoboticArm_train.zip": "eval_data_RoboticArm_train_r2.zip",
        },
        is_meta_seen=False,
    ),
    Year(
        number=2025,
        machines=_subsets(
            _every(_SEVEN, "00"),
            _every(
                "AutoTrash BandSealer CoffeeGrinder HomeCamera Polisher ScrewFeeder ToyPet "
                "ToyRCCar",
                "00",
            ),
        ),
        zenodo_records=_records(15097779, 15392814, 15519362),
        concealed=frozenset(
            _every("AutoTrash Polisher ScrewFeeder ToyPet ToyTrain bearing slider")
        ),
        meta_complexity=("total_parameters", "MACS"),
    ),
    Year(  # no official evaluator seen; its baseline prints shared anomalies
        number=2026,
        machines=_subsets(
            _every("ToyCar ToyCarEmu bearingEmu fan gearboxEmu sliderEmu valveEmu", "00"),
            _every("BlowerDustCollector Sander SewingMachine ToothBrush ToyDrone", "00"),
        ),
        zenodo_records=_records(19336329, 20151556, 20437238),
        concealed=frozenset(
            _every("SewingMachine ToothBrush ToyCar bearingEmu sliderEmu valveEmu")
        ),
        replaced_archives={"dev_ToyCar.zip": "dev_ToyCar_r2.zip"},
        known_md5s=_MD5_2026,
    ),
)
YEARS = {year.number: year for year in _ALL}
FOLDER_YEARS = {year.folder_name: year.number for year in _ALL}
