"""The zip files of the official records: their names, and the hashes that are known.

Source: the records' own file lists; MD5s of 2023 as soundata 1.0.1 has them, of 2026 from a copy of
the record's list. A hash that is not here comes from the record itself.
"""

from collections.abc import Sequence
from enum import StrEnum

from dcase_classic.challenge.years import SECTIONS, ZENODO_RECORDS, Part
from dcase_classic.errors import DataError


class DataPart(StrEnum):
    """The records of a year, in the order of ``years.ZENODO_RECORDS``."""

    DEV = "dev"  # development data: training and labelled test clips
    TRAIN = "train"  # additional training data of the evaluation machines
    EVAL = "eval"  # evaluation test clips without labels


# Zip files that were replaced after publication; the record keeps the new one.
REPLACED = {
    (2024, "eval_data_3DPrinter_train.zip"): "eval_data_3DPrinter_train_r2.zip",
    (2024, "eval_data_RoboticArm_train.zip"): "eval_data_RoboticArm_train_r2.zip",
    (2026, "dev_ToyCar.zip"): "dev_ToyCar_r2.zip",
}

KNOWN_MD5 = {
    2023: {
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
    },
    2026: {
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
    },
}


def record_number(year: int, part: DataPart) -> int:
    """The number of the record that holds this part of the year."""
    return ZENODO_RECORDS[year][list(DataPart).index(part)]


def archive_names(year: int, part: DataPart, machines: Sequence[str] = ()) -> dict[str, str]:
    """The zip file of every machine of a part; only of ``machines`` where there are any."""
    known = SECTIONS[year][Part.DEV if part is DataPart.DEV else Part.EVAL]
    names = {machine: _name(year, part, machine) for machine in known}
    return {
        machine: REPLACED.get((year, name), name)
        for machine, name in names.items()
        if not machines or machine in machines
    }


def check_machines(year: int, parts: Sequence[DataPart], machines: Sequence[str]) -> None:
    """Refuse a machine that none of the parts has.

    Raises
    ------
    DataError
        If there is one.
    """
    known = sorted({machine for part in parts for machine in archive_names(year, part)})
    for machine in machines:
        if machine not in known:
            words = " and ".join(parts)
            raise DataError(
                f"machine {machine!r}: not in the {words} data of {year}, expected one of "
                f"{', '.join(known)}"
            )


def _name(year: int, part: DataPart, machine: str) -> str:
    if part is DataPart.DEV:
        return f"dev_data_{machine}.zip" if year <= 2021 else f"dev_{machine}.zip"
    word = "train" if part is DataPart.TRAIN else "test"
    if year == 2020:
        return f"eval_data_{word}_{machine}.zip"
    return f"eval_data_{machine}_{word}.zip"
