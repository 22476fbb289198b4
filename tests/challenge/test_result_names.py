import pytest

from dcase_classic.challenge.result_names import expected_files, parse_result_name
from dcase_classic.challenge.years import YEARS
from dcase_classic.records import Domain


@pytest.mark.parametrize(
    ("name", "machine_type", "section", "domain", "is_by_id"),
    [
        ("anomaly_score_fan_id_01.csv", "fan", "01", None, True),
        ("anomaly_score_fan_section_03_source_test.csv", "fan", "03", Domain.SOURCE, False),
        ("anomaly_score_ToyCar_section_03_test.csv", "ToyCar", "03", None, False),
        ("decision_result_3DPrinter_section_00.csv", "3DPrinter", "00", None, False),
        (
            "anomaly_score_DCASE2024T2ToyCircuit_section_00_test_seed13711_id(0_)_Eval.csv",
            *("ToyCircuit", "00", None, False),
        ),
    ],
)
def test_the_names_of_all_years_are_understood(name, machine_type, section, domain, is_by_id):
    parsed = parse_result_name(name)
    assert parsed.is_decision == name.startswith("decision")
    assert (parsed.machine_type, parsed.section) == (machine_type, section)
    assert (parsed.domain, parsed.is_by_id) == (domain, is_by_id)


@pytest.mark.parametrize("name", ["fan.csv", "anomaly_score_fan_section_0_test.csv", "skipped.csv"])
def test_other_files_are_no_result_files(name):
    assert parse_result_name(name) is None


@pytest.mark.parametrize("year", YEARS)
def test_every_file_of_a_submission_is_understood_as_what_it_is(year):
    for name, file in expected_files(year).items():
        assert parse_result_name(name) == file


def test_the_files_of_every_year_are_counted():
    n_files = {year: len(expected_files(year)) for year in YEARS}
    assert n_files == {2020: 18, 2021: 84, 2022: 42, 2023: 14, 2024: 18, 2025: 16, 2026: 10}
