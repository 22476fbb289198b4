"""Attribute files that are damaged, incomplete, or contradict the names of clips."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.attributes import (
    Attributes,
    clips_by_file,
    pairs_of_tail,
    read_attributes,
)
from dcase_classic.records import Clip, Finding, Split
from dcase_classic.wording import counted

_warning = partial(Finding.warning, kind="attributes")


def attribute_findings(clips: Iterable[Clip]) -> Iterator[Finding]:
    """Every finding about the attribute files beside the clips."""
    for path, by_key in sorted(clips_by_file(clips).items()):
        try:
            rows = read_attributes(path)
        except DataError as error:
            error.advice = error.advice or "mend or remove it"
            yield Finding.from_error(error, kind="attributes")
            continue
        n_absent = len(rows.keys() - by_key.keys())
        if n_absent:
            problem = f"lists {counted(n_absent, 'clip that is', 'clips that are')} not here"
            yield _warning(path, problem, advice="unpack the rest")
        unlisted = [
            clip for key, clip in by_key.items() if key not in rows and clip.split is Split.TRAIN
        ]
        if unlisted:
            problem = f"lacks {counted(len(unlisted), 'training clip')} such as {unlisted[0].name}"
            yield _warning(path, problem, advice="take the official file")
        yield from _contradictions(path, rows, by_key)


def _contradictions(
    path: Path, rows: Mapping[str, Attributes], by_key: Mapping[str, Clip]
) -> Iterator[Finding]:
    """Clips whose row has another value for a key than their name."""
    for key in rows.keys() & by_key.keys():
        clip, pairs = by_key[key], pairs_of_tail(by_key[key].attributes)
        row, name = dict(rows[key]), dict(pairs)
        differs = any(row.get(word, value) != value for word, value in name.items())
        if differs and not set(pairs) <= set(rows[key]):
            problem = f"says {row} where the name says {name}"
            advice = f"compare {path.name}"
            yield Finding.error(clip.path, problem, advice=advice, kind="attributes")
