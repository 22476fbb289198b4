"""What the doctor found, as text and as JSON."""

import json
from dataclasses import asdict

from dcase_classic.outcomes import Examination
from dcase_classic.records import Finding
from dcase_classic.report.text_table import aligned


def examination_json(found: Examination) -> str:
    """The examination as one JSON object."""
    plain = {
        "data": str(found.data),
        "year": found.years[0] if len(found.years) == 1 else None,
        "years": found.years,
        "year_reason": found.year_reason,
        "is_deep": found.is_deep,
        "n_clips": found.n_clips,
        "sections": [asdict(row) for row in found.counts],
        "findings": [_finding(finding) for finding in found.findings],
    }
    return json.dumps(plain, indent=1) + "\n"


def examination_text(found: Examination) -> str:
    """The examination as a table and one line per finding."""
    header = ("machine", "section", "split", "domain", "label", "clips", "promised")
    rows = [
        (
            row.machine_type,
            row.section,
            row.split,
            row.domain or "?",
            row.label or "?",
            str(row.n_clips),
            "-" if row.n_expected is None else str(row.n_expected),
        )
        for row in found.counts
    ]
    depth = "all samples" if found.is_deep else "headers only, --deep reads all samples"
    end = f"{found.n_clips} recordings ({depth}), {len(found.findings)} finding(s)"
    parts = [*found.lines, "", aligned([header, *rows], n_left=5), ""]
    return "\n".join([*parts, *map(str, found.findings), end]) + "\n"


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "level": finding.severity,
        "kind": finding.kind,
        "path": str(finding.path),
        "problem": finding.problem,
        "advice": finding.advice,
    }
