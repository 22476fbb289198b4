from pathlib import Path

import pytest

from dcase_classic.challenge.which_year import guess_year
from dcase_classic.records import Clip, Label, Split

DEV_2023 = ("ToyCar", "ToyTrain", "bearing", "fan", "gearbox", "slider", "valve")
TEST = "section_{section}_source_test_normal_0000_a_1.wav"


def clips(*machines, folder="data", sections=("00",), name=TEST):
    return [
        Clip(
            path=Path(folder, machine, "test", name.format(section=section)),
            machine_type=machine,
            section=section,
            split=Split.TEST,
            label=Label.NORMAL,
            attributes="a_1",
        )
        for machine in machines
        for section in sections
    ]


def test_the_year_that_is_asked_for_is_right():
    assert guess_year(clips("fan", folder="dcase2022t2"), 2025).years == (2025,)


def test_the_official_name_of_a_folder_decides():
    assert guess_year(clips("fan", folder="x/dcase2024t2/dev_data")).year == 2024


def test_a_folder_of_a_year_that_does_not_know_the_machine_decides_nothing():
    assert guess_year(clips("Vacuum", folder="dcase2022t2")).years == (2023,)


def test_two_folders_of_different_years_decide_nothing():
    both = clips("fan", folder="dcase2023t2") + clips("fan", folder="dcase2024t2")
    assert guess_year(both).years == guess_year(clips("fan")).years


def test_years_that_share_their_machines_fit_together():
    guess = guess_year(clips(*DEV_2023))
    assert guess.years[:2] == (2023, 2024)
    assert guess.year is None


def test_three_sections_of_a_machine_are_of_2022():
    assert guess_year(clips("fan", sections=("00", "01", "02"))).year == 2022


@pytest.mark.parametrize("machine", ["my_pump", "Fan"])
def test_machines_that_no_year_has_are_of_no_year(machine):
    guess = guess_year(clips(machine))
    assert (guess.years, guess.reason) == ((), "these machines are of no DCASE year")
