import pytest

from dcase_classic.challenge.archive_names import archive_names, check_machines
from dcase_classic.challenge.years import YEARS, RecordKind
from dcase_classic.errors import DataError


@pytest.mark.parametrize("year", YEARS)
def test_every_machine_of_a_record_has_an_archive_of_its_own(year):
    for kind in RecordKind:
        names = archive_names(year, kind)
        assert set(names) == set(YEARS[year].machines[kind.subset])
        assert len(set(names.values())) == len(names)


def test_only_the_machines_that_are_asked_for_are_named():
    assert list(archive_names(2023, RecordKind.DEV, ["ToyCar", "elsewhere"])) == ["ToyCar"]


def test_a_machine_of_another_record_is_refused_with_those_that_there_are():
    check_machines(2023, [RecordKind.DEV], ["ToyCar"])
    with pytest.raises(DataError, match="'Vacuum': not in the dev data of 2023, .*ToyCar, .*valve"):
        check_machines(2023, [RecordKind.DEV], ["Vacuum"])
