"""What the name of a score or decision file says, and all the files that a year wants."""

import re
from dataclasses import dataclass

from dcase_classic.challenge.years import Subset, find_year
from dcase_classic.records import Domain

SCORES, DECISIONS = "anomaly_score", "decision_result"

_RESULT_NAME = re.compile(
    rf"(?P<kind>{SCORES}|{DECISIONS})_(?P<run>DCASE\d{{4}}T2)?(?P<machine_type>.+?)"
    r"_(?P<unit>section|id)_(?P<section>\d{2})(?:_(?P<domain>source|target))?(?:_test)?"
    r"(?P<seed>_seed.*)?(?i:\.csv)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultName:
    """What the name of a score or decision file says."""

    is_decision: bool
    machine_type: str
    section: str
    domain: Domain | None
    is_by_id: bool  # ``id_NN`` of 2020 instead of ``section_NN``

    def written(self, tail: str) -> str:
        """The name of the file, with an end as that of a year.

        Parameters
        ----------
        tail : ``Year.submission_tail``, or ``years.PLAIN_TAIL``.
        """
        kind = DECISIONS if self.is_decision else SCORES
        end = tail.format(section=self.section, domain=self.domain)
        return f"{kind}_{self.machine_type}_{end}.csv"


def row_problem(name: str) -> str:
    """Why a clip of this name can have no row in a result file; empty where it can.

    Rows are ``name,value`` without quotes, and people open them with spreadsheets.

    Examples
    --------
    >>> row_problem("a, b.wav"), row_problem("section_00_0000.wav")
    ('its name holds a comma, a quotation mark or a slash', '')
    """
    if not name.isprintable():
        return "its name holds characters that are not shown, or that are no UTF-8"
    if not set(',"/\\').isdisjoint(name):
        return "its name holds a comma, a quotation mark or a slash"
    if name.strip() != name:
        return "its name begins or ends with a space"
    if name[:1] in {"=", "+", "-", "@"}:
        return f"its name begins with {name[0]}, which a spreadsheet takes for a formula"
    return ""


def parse_result_name(name: str) -> ResultName | None:
    """What the name of a result file says, or None if it is no result file.

    Official names of all years are read, names without ``_test``, and those that the baseline of
    2023 and later gives its own results.
    """
    match = _RESULT_NAME.fullmatch(name)
    if match is None:
        return None
    return ResultName(
        is_decision=match["kind"] == DECISIONS,
        machine_type=match["machine_type"],
        section=match["section"],
        domain=Domain(match["domain"]) if match["domain"] else None,
        is_by_id=match["unit"] == "id",
    )


def expected_files(year: int) -> dict[str, ResultName]:
    """All files of a submission by their names."""
    record = find_year(year)
    tail = record.submission_tail
    domains: list[Domain | None] = list(Domain) if "{domain}" in tail else [None]
    files = [
        ResultName(
            is_decision=is_decision,
            machine_type=machine_type,
            section=section,
            domain=domain,
            is_by_id=record.is_by_id,
        )
        for machine_type, sections in record.machines[Subset.EVAL].items()
        for section in sections
        for domain in domains
        for is_decision in ([False, True] if record.has_decisions else [False])
    ]
    return {file.written(tail): file for file in files}
