"""Download the official recordings of a year and unpack them where ``fit`` finds them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dcase_classic.challenge.archive_names import archive_names, check_machines
from dcase_classic.challenge.years import RecordKind, find_year
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.download import (
    Plan,
    Record,
    Server,
    Wanted,
    fetch_file,
    read_record,
)
from dcase_classic.io.zip_files import unpack


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """One zip file that is there; ``n_written`` of its files were not there yet."""

    path: Path
    n_written: int


def plan_download(
    year: int,
    server: Server,
    *,
    kinds: Sequence[RecordKind] = (),
    machines: Sequence[str] = (),
    warn: Callable[[str], None],
) -> Plan:
    """The zip files of a year with their hashes, after asking the records.

    The hashes that are known beforehand count; those of the record where there is none. A record
    that cannot be asked is no obstacle where all hashes are known.

    Parameters
    ----------
    year, server : which year, from where.
    kinds, machines : only these; all where empty.
    warn : gets a line where a record cannot be asked, or contradicts a known hash.

    Raises
    ------
    DataError
        If a machine is unknown, or there is no hash for a file.
    """
    kinds = tuple(kinds) or tuple(RecordKind)
    check_machines(year, kinds, machines)
    known = find_year(year).known_md5s
    licences = []
    files = []
    for kind in kinds:
        number = find_year(year).zenodo_records[kind]
        names = archive_names(year, kind, machines)
        try:
            record = read_record(server, number)
        except DataError as error:
            if not known.keys() >= set(names.values()):
                raise
            warn(f"the record cannot be asked, known hashes are used ({error})")
            record = Record(licence="see the page of the record", md5s={}, sizes={})
        licences.append(f"{kind}: record {number}, licence: {record.licence}")
        files += [
            Wanted(
                kind=kind,
                machine_type=machine,
                record=number,
                name=name,
                md5=_md5(name, known, record, number, warn),
                n_bytes=record.sizes.get(name),
            )
            for machine, name in names.items()
        ]
    return Plan(year=year, licences=tuple(licences), files=tuple(files))


def download(plan: Plan, server: Server, output: Path) -> Iterator[Downloaded]:
    """Fetch, check and unpack the files of a plan, one after the other.

    Zip files go to ``<output>/dcase<year>t2/downloads``, recordings to the layout of the official
    baseline: ``<output>/dcase<year>t2/{dev_data,eval_data}/raw/<machine>``. What is complete is
    kept, so that a broken run goes on where it was.

    Raises
    ------
    DataError
        If a file cannot be fetched, has another hash, or would unpack to elsewhere.
    """
    root = output / find_year(plan.year).folder_name
    for wanted in plan.files:
        path = fetch_file(
            server,
            wanted.record,
            root / "downloads" / wanted.name,
            md5=wanted.md5,
            n_bytes=wanted.n_bytes,
        )
        n_written = unpack(path, root / f"{wanted.kind.subset}_data" / "raw")
        yield Downloaded(path=path, n_written=n_written)


def _md5(
    name: str, known: Mapping[str, str], record: Record, number: int, warn: Callable[[str], None]
) -> str:
    stated = record.md5s.get(name)
    md5 = known.get(name, stated)
    if md5 is None:
        there = ", ".join(sorted(record.md5s)) or "nothing"
        raise DataError(f"record {number}: no {name} with an MD5 in it, there is {there}")
    if stated is not None and stated != md5:
        warn(f"{name}: record {number} states the MD5 {stated}, known is {md5}; the latter counts")
    return md5
