"""Tables of what differs between DCASE years; no behaviour.

Source: the official file lists and readmes of DCASE Challenge Task 2, 2020-2026.
"""

import re
from enum import StrEnum

from dcase_classic.challenge.metric_rules import MetricRule
from dcase_classic.config import DEFAULT_TAIL

AUDIO_EXTENSIONS = (".wav", ".flac", ".ogg", ".mp3")

# A name is parsed only up to its index; the attribute tail is free text (dots, doubled keys).
CLIP_NAME_PATTERNS = (
    # labelled clips of 2021-2026: training, development test, renamed evaluation test
    re.compile(
        r"section_(?P<section>\d{2})_(?P<domain>source|target)_(?:(?P<split>train|test)_)?"
        r"(?P<label>normal|anomaly)_(?P<index>\d+)(?:_(?P<attributes>.*))?"
    ),
    # hidden evaluation test of 2021: the domain is known
    re.compile(
        r"section_(?P<section>\d{2})_(?P<domain>source|target)_(?P<split>test)_(?P<index>\d+)"
    ),
    # hidden evaluation test of 2022-2026
    re.compile(r"section_(?P<section>\d{2})_(?:(?P<split>test)_)?(?P<index>\d+)"),
    # labelled clips of 2020
    re.compile(r"(?P<label>normal|anomaly)_id_(?P<section>\d{2})_(?P<index>\d{8})"),
    # hidden evaluation test of 2020
    re.compile(r"id_(?P<section>\d{2})_(?P<index>\d{8})"),
)


METRIC_RULES = {
    2020: MetricRule.PER_SECTION,
    2021: MetricRule.PER_DOMAIN,
    2022: MetricRule.SHARED_ANOMALIES,
    2023: MetricRule.SHARED_ANOMALIES,
    2024: MetricRule.SHARED_ANOMALIES,
    2025: MetricRule.SHARED_ANOMALIES,
    2026: MetricRule.SHARED_ANOMALIES,  # no official evaluator seen; its baseline prints these
}

# The end of ``anomaly_score_<machine>_<tail>.csv`` and ``decision_result_<machine>_<tail>.csv``.
PLAIN_TAIL = "section_{section}"  # readmes and several teams of 2022; refused by the evaluators
SUBMISSION_TAILS = {
    2020: "id_{section}",
    2021: "section_{section}_{domain}_test",
    2022: DEFAULT_TAIL,
    2023: DEFAULT_TAIL,
    2024: DEFAULT_TAIL,
    2025: DEFAULT_TAIL,
    2026: DEFAULT_TAIL,
}
YEARS_WITHOUT_DECISIONS = frozenset({2020})


class Part(StrEnum):
    """The half of a year: the labelled development set, or the evaluation set."""

    DEV = "dev"
    EVAL = "eval"


def _every(machine_types: str, *sections: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(machine_types.split(), sections)


_SEVEN = "ToyCar ToyTrain bearing fan gearbox slider valve"

# Machines and their sections; names are case sensitive.
SECTIONS: dict[int, dict[Part, dict[str, tuple[str, ...]]]] = {
    2020: {
        Part.DEV: _every("ToyCar", "01", "02", "03", "04")
        | _every("ToyConveyor", "01", "02", "03")
        | _every("fan pump slider valve", "00", "02", "04", "06"),
        Part.EVAL: _every("ToyCar", "05", "06", "07")
        | _every("ToyConveyor", "04", "05", "06")
        | _every("fan pump slider valve", "01", "03", "05"),
    },
    2021: {
        Part.DEV: _every("ToyCar ToyTrain fan gearbox pump slider valve", "00", "01", "02"),
        Part.EVAL: _every("ToyCar ToyTrain fan gearbox pump slider valve", "03", "04", "05"),
    },
    2022: {Part.DEV: _every(_SEVEN, "00", "01", "02"), Part.EVAL: _every(_SEVEN, "03", "04", "05")},
    2023: {
        Part.DEV: _every(_SEVEN, "00"),
        Part.EVAL: _every("ToyDrone ToyNscale ToyTank Vacuum bandsaw grinder shaker", "00"),
    },
    2024: {
        Part.DEV: _every(_SEVEN, "00"),
        Part.EVAL: _every(
            "3DPrinter AirCompressor BrushlessMotor HairDryer HoveringDrone RoboticArm Scanner "
            "ToothBrush ToyCircuit",
            "00",
        ),
    },
    2025: {
        Part.DEV: _every(_SEVEN, "00"),
        Part.EVAL: _every(
            "AutoTrash BandSealer CoffeeGrinder HomeCamera Polisher ScrewFeeder ToyPet ToyRCCar",
            "00",
        ),
    },
    2026: {
        Part.DEV: _every("ToyCar ToyCarEmu bearingEmu fan gearboxEmu sliderEmu valveEmu", "00"),
        Part.EVAL: _every("BlowerDustCollector Sander SewingMachine ToothBrush ToyDrone", "00"),
    },
}

# The form of the names of evaluation test clips; the index is never used, ranges differ.
HIDDEN_NAMES = {
    2020: r"id_{section}_\d{{8}}\.wav",
    2021: r"section_{section}_(source|target)_test_\d{{4}}\.wav",
} | dict.fromkeys(range(2022, 2027), r"section_{section}_\d{{4}}\.wav")

# Evaluation test clips of every machine and section; 2020 and 2021 differ from one to the next.
N_EVAL_CLIPS = dict.fromkeys(range(2022, 2027), 200)

# The published lists of names of 2022 carry wrong labels and domains for these sections.
WRONG_LISTS_2022 = {"ToyCar": ("03", "04", "05"), "ToyTrain": ("03", "04", "05")}

# Record numbers on Zenodo: development, additional training and evaluation test data.
ZENODO_RECORDS = {
    2020: (3678171, 3727685, 3841772),
    2021: (4562016, 4660992, 4884786),
    2022: (6355122, 6462969, 6586456),
    2023: (7882613, 7830345, 7860847),
    2024: (10902294, 11259435, 11363076),
    2025: (15097779, 15392814, 15519362),
    2026: (19336329, 20151556, 20437238),
}

# Machines whose training clips conceal their attributes (names end in ``noAttribute``).
CONCEALED = {
    2024: frozenset(
        {
            "AirCompressor",
            "BrushlessMotor",
            "HoveringDrone",
            "ToothBrush",
            "ToyTrain",
            "gearbox",
            "slider",
        }
    ),
    2025: frozenset(
        {"AutoTrash", "Polisher", "ScrewFeeder", "ToyPet", "ToyTrain", "bearing", "slider"}
    ),
    2026: frozenset(
        {"SewingMachine", "ToothBrush", "ToyCar", "bearingEmu", "sliderEmu", "valveEmu"}
    ),
}

# Clips of every machine and section that a year promises, by split, domain and label ("" where the
# names do not tell); what is not listed varies from section to section.
_SINCE_2022 = {
    ("train", "source", "normal"): 990,
    ("train", "target", "normal"): 10,
    ("test", "source", "normal"): 50,
    ("test", "source", "anomaly"): 50,
    ("test", "target", "normal"): 50,
    ("test", "target", "anomaly"): 50,
    ("test", "", ""): 200,
}
N_CLIPS: dict[int, dict[tuple[str, str, str], int]] = {
    2021: {
        ("train", "target", "normal"): 3,
        ("test", "source", "normal"): 100,
        ("test", "source", "anomaly"): 100,
        ("test", "target", "normal"): 100,
        ("test", "target", "anomaly"): 100,
    }
} | dict.fromkeys(range(2022, 2027), _SINCE_2022)

# Labelled test clips of 2023 that differ: source normal, source anomaly, target normal, anomaly.
N_RENAMED_TEST_2023 = {
    "bandsaw": (67, 40, 60, 33),
    "grinder": (107, 27, 36, 30),
    "shaker": (49, 53, 52, 46),
}
