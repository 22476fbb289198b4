"""What the doctor found, as text and as JSON."""

from collections import Counter
from dataclasses import asdict

from dcase_classic.io.plain_text import to_json
from dcase_classic.outcomes.examinations import CountRow, Examination
from dcase_classic.report.overview import left_out_lines, overview_lines
from dcase_classic.report.rows import finding_rows
from dcase_classic.report.text_table import aligned
from dcase_classic.wording import counted


def examination_json(examination: Examination) -> str:
    """The examination as one JSON object."""
    years = examination.years
    content = {
        "data": str(examination.data),
        "year": years[0] if len(years) == 1 else None,
        "years": years,
        "year_reason": examination.year_reason,
        "is_deep": examination.is_deep,
        "n_clips": len(examination.clips),
        "left_out": left_out_lines(examination.left_out),
        "sections": [asdict(row) for row in examination.counts],
        "findings": list(finding_rows(examination.findings)),
    }
    return to_json(content)


def examination_text(examination: Examination) -> str:
    """The examination as a table and one line per finding."""
    depth = "all samples" if examination.is_deep else "headers only, --deep reads all samples"
    n_clips, n_findings = len(examination.clips), len(examination.findings)
    lines = [
        *_table(examination),
        "",
        *map(str, examination.findings),
        f"{counted(n_clips, 'recording')} ({depth}), {counted(n_findings, 'finding')}",
    ]
    return "\n".join(lines) + "\n"


def _table(examination: Examination) -> list[str]:
    """What was understood, and how many clips there are; of one's own only the machines."""
    left_out = left_out_lines(examination.left_out)
    if all(clip.is_own for clip in examination.clips):
        counts = Counter(clip.machine_type for clip in examination.clips)
        rows = [("machine", "recordings"), *((name, str(n)) for name, n in sorted(counts.items()))]
        return [*left_out, aligned(rows, n_left=1)]
    header = ("machine", "section", "split", "domain", "label", "clips", "promised")
    overview = overview_lines(examination.clips, examination.years, examination.year_reason)
    table = aligned([header, *map(_cells, examination.counts)], n_left=5)
    return [*overview, *left_out, "", table]


def _cells(row: CountRow) -> tuple[str, ...]:
    promised = "-" if row.n_expected is None else str(row.n_expected)
    words = (row.machine_type, row.section, row.split, row.domain or "?", row.label or "?")
    return (*words, str(row.n_clips), promised)
