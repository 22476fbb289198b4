"""Look through a data set before anything is computed: counts, formats, duplicates, bad files."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.dataset import doubled_clips, survey_clips
from dcase_classic.io.recordings.inspect import Inspection, inspect_header, inspect_samples
from dcase_classic.io.recordings.overview import overview_lines
from dcase_classic.io.recordings.prepared import is_prepared
from dcase_classic.io.recordings.year import YearGuess, guess_year
from dcase_classic.io.results.text_table import aligned
from dcase_classic.parallel import map_ordered
from dcase_classic.pipeline.checkup import (
    Diagnosis,
    attribute_findings,
    bad_files,
    count_findings,
    duplicates,
    make_finding,
    model_findings,
    odd_formats,
    other_files,
    split_line,
)
from dcase_classic.pipeline.expected_counts import CountRow, count_rows
from dcase_classic.records import Level

_BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What the doctor found.

    Attributes
    ----------
    lines : the year, and every choice that was made in finding the clips.
    is_deep : whether all samples were read.
    counts : clips of every machine, section, split, domain and label, and what the year promises.
    findings : the worst first.
    """

    data: Path
    guess: YearGuess
    lines: tuple[str, ...]
    is_deep: bool
    n_clips: int
    counts: tuple[CountRow, ...]
    findings: tuple[Diagnosis, ...]


def examine(
    data: Path,
    *,
    models: Path | None = None,
    year: int | None = None,
    is_deep: bool = False,
    n_jobs: int | None = None,
) -> Examination:
    """Look through a data set, and at the models that should score it.

    Parameters
    ----------
    data : a data set in any layout that ``fit`` reads.
    models : a folder that ``fit`` has written; None looks at the recordings only.
    year : whose counts are promised; None lets the recordings tell.
    is_deep : read all samples, not only headers and both ends of the files.
    n_jobs : number of processes; None lets the amount of work decide.

    Raises
    ------
    DataError
        If there is no such folder or no recording in it.
    ArtifactError
        If ``models`` holds no models of this version.
    """
    if is_prepared(data):
        raise DataError(f"{data}: a prepared folder; check it with 'prepare DATA OUT --verify'")
    survey = survey_clips(data)
    clips = survey.clips
    if not clips:
        raise DataError(f"{data}: no recording with a name that can be understood")
    paths = [clip.path for clip in clips]
    inspections = _inspect(paths, is_deep=is_deep, n_jobs=n_jobs)
    inspected = list(zip(clips, inspections, strict=True))
    guess = guess_year(clips, year)
    counts = count_rows(clips, guess)
    findings = [
        *(make_finding(Level.ERROR, "name", *split_line(problem)) for problem in survey.problems),
        *(
            make_finding(Level.ERROR, "name", *split_line(problem))
            for problem in doubled_clips(clips)
        ),
        *bad_files(inspected),
        *odd_formats(inspected),
        *duplicates(inspected, is_deep=is_deep),
        *other_files(clips),
        *count_findings(data, counts),
        *attribute_findings(clips),
        *(() if models is None else model_findings(inspected, models)),
    ]
    return Examination(
        data=data,
        guess=guess,
        lines=tuple(overview_lines(clips, guess)),
        is_deep=is_deep,
        n_clips=len(clips),
        counts=tuple(counts),
        findings=tuple(sorted(findings, key=lambda of: of.level is not Level.ERROR)),
    )


def examination_json(found: Examination) -> str:
    """The examination as one JSON object."""
    plain = {
        "data": str(found.data),
        "year": found.guess.year,
        "years": found.guess.years,
        "year_reason": found.guess.reason,
        "is_deep": found.is_deep,
        "n_clips": found.n_clips,
        "sections": [asdict(row) for row in found.counts],
        "findings": [asdict(of) for of in found.findings],
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


def _inspect(paths: list[Path], *, is_deep: bool, n_jobs: int | None) -> Iterator[Inspection]:
    """The inspections in order; in batches, since a header takes less than a call elsewhere."""
    batches = [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]
    look = partial(_inspect_batch, is_deep=is_deep)
    results = map_ordered(look, batches, n_jobs=n_jobs, description="doctor")
    return chain.from_iterable(results)


def _inspect_batch(paths: list[Path], *, is_deep: bool) -> list[Inspection]:
    return [inspect_samples(path) if is_deep else inspect_header(path) for path in paths]
