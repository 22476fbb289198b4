from pathlib import Path

import pytest

from dcase_classic.challenge.metric_rules import MetricRule
from dcase_classic.challenge.which_year import foreign_sections, guess_year, rule_doubt, set_doubt
from dcase_classic.challenge.years import YEARS, Subset
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
    assert guess_year(clips("fan", folder="x/dcase2024t2/dev_data")).years == (2024,)


def test_a_folder_of_a_year_that_does_not_know_the_machine_decides_nothing():
    assert guess_year(clips("Vacuum", folder="dcase2022t2")).years == (2023,)


def test_two_folders_of_different_years_decide_nothing():
    both = clips("fan", folder="dcase2023t2") + clips("fan", folder="dcase2024t2")
    assert guess_year(both).years == guess_year(clips("fan")).years


def test_recordings_of_ones_own_are_of_no_year_whatever_their_machine_is_called():
    own = clips("pump", name="monday.wav")
    guess = guess_year(own)
    assert (guess.years, guess.reason) == ((), "these machines are of no DCASE year")
    beside = clips("fan", sections=("00", "01", "02")) + clips("my_pump", name="monday.wav")
    assert guess_year(beside).years == (2022,)


def test_years_that_share_their_machines_fit_together():
    guess = guess_year(clips(*DEV_2023))
    assert guess.years[:2] == (2023, 2024)


def test_three_sections_of_a_machine_are_of_2022():
    assert guess_year(clips("fan", sections=("00", "01", "02"))).years == (2022,)


@pytest.mark.parametrize("machine", ["my_pump", "Fan"])
def test_machines_that_no_year_has_are_of_no_year(machine):
    guess = guess_year(clips(machine))
    assert (guess.years, guess.reason) == ((), "these machines are of no DCASE year")


OF_2022 = "section_03_source_test_normal_0000_vel_3.0.wav"
OF_2021 = "section_03_source_test_0000.wav"
OF_2020 = "normal_id_03_00000000.wav"
PLAIN = "section_03_source_test_normal_0000.wav"


@pytest.mark.parametrize(
    ("rule", "year", "names", "doubt"),
    [
        (MetricRule.PER_DOMAIN, 2021, [OF_2022], "named as under 'shared anomalies'"),
        (MetricRule.PER_SECTION, 2020, [OF_2022], "named as under 'shared anomalies'"),
        (MetricRule.SHARED_ANOMALIES, 2024, [OF_2021], "named as under 'per domain'"),
        (MetricRule.SHARED_ANOMALIES, 2024, [OF_2020], "named as under 'per section'"),
        (MetricRule.PER_SECTION, 2020, [PLAIN], "under 'per domain' or 'shared anomalies'"),
        (MetricRule.SHARED_ANOMALIES, None, [OF_2022, OF_2021], "named as under several rules"),
        (MetricRule.SHARED_ANOMALIES, None, [PLAIN], "without attributes may be of 2021"),
        (MetricRule.SHARED_ANOMALIES, 2022, [PLAIN], ""),
        (MetricRule.PER_DOMAIN, 2021, [PLAIN, OF_2021], ""),
        (MetricRule.SHARED_ANOMALIES, None, [OF_2022, PLAIN], ""),
        (MetricRule.SHARED_ANOMALIES, None, ["a.wav"], ""),
    ],
)
def test_a_rule_that_is_not_that_of_the_names_is_doubted(rule, year, names, doubt):
    said = rule_doubt(rule, year, names, [("fan", "03")])
    assert doubt in said
    assert bool(said) == bool(doubt)


def test_machines_that_2021_does_not_have_are_not_taken_for_it():
    assert rule_doubt(MetricRule.SHARED_ANOMALIES, None, [PLAIN], [("mixer", "03")]) == ""


def test_foreign_sections_are_those_of_other_years_and_not_own_machines():
    keys = [("pump", "03"), ("mixer", "00"), ("fan", "03"), ("fan", "00")]
    assert foreign_sections(2022, keys) == [("pump", "03")]
    assert foreign_sections(2023, keys) == [("fan", "03"), ("pump", "03")]


@pytest.mark.parametrize(
    ("subsets", "n_less", "doubt"),
    [
        (["dev"], 0, ""),
        (["eval"], 1, "7 of 8 sections of the eval set"),
        (["dev", "eval"], 0, "15 of 15 sections of the dev and the eval set"),
        ([], 0, ""),
    ],
)
def test_a_total_that_is_not_of_one_whole_set_is_told(subsets, n_less, doubt):
    keys = [(name, "00") for subset in subsets for name in YEARS[2025].machines[Subset(subset)]]
    assert set_doubt(2025, [("Nobody", "00"), *keys[n_less:]]) == doubt
