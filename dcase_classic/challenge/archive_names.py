"""The zip files of the official records: their names, and which machines they hold."""

from collections.abc import Sequence

from dcase_classic.challenge.years import RecordKind, find_year
from dcase_classic.errors import DataError


def archive_names(year: int, kind: RecordKind, machines: Sequence[str] = ()) -> dict[str, str]:
    """The zip file of every machine of a record; only of ``machines`` where there are any."""
    record = find_year(year)
    form = record.archive_forms[kind]
    names = {machine: form.format(machine=machine) for machine in record.machines[kind.subset]}
    return {
        machine: record.replaced_archives.get(name, name)
        for machine, name in names.items()
        if not machines or machine in machines
    }


def check_machines(year: int, kinds: Sequence[RecordKind], machines: Sequence[str]) -> None:
    """Refuse a machine that none of the records has.

    Raises
    ------
    DataError
        If there is one.
    """
    known = sorted({machine for kind in kinds for machine in archive_names(year, kind)})
    for machine in machines:
        if machine not in known:
            raise DataError(
                f"machine {machine!r}: not in the {' and '.join(kinds)} data of {year}, expected "
                f"one of {', '.join(known)}"
            )
