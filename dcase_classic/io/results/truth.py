"""The truth about test clips from one or several sources, and where they contradict each other.

In 2022 the published list is wrong for 608 of 1200 labels of ToyCar and ToyTrain; a list alone
cannot show that, a second source does.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dcase_classic.challenge.years import HIDDEN_NAMES, WRONG_LISTS_2022
from dcase_classic.errors import DataError
from dcase_classic.io.results.truth_sources import TruthSource, recorded_names, truth_sources
from dcase_classic.records import SectionKey, SectionTruth


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The truth of every section, and a warning for every contradiction between sources."""

    sections: dict[SectionKey, SectionTruth]
    warnings: tuple[str, ...] = ()


def read_truth(paths: Sequence[Path], year: int | None = None) -> Truth:
    """The truth from one or several folders or list files.

    Parameters
    ----------
    paths : each a folder that holds ``ground_truth_data`` (or is it), an evaluation list or a
        folder with one, or a folder of recordings with labelled names.
    year : chooses among the lists of a folder that holds those of several years.

    Returns
    -------
    Truth : the most trusted source counts: official folders, then lists and labelled names.

    Raises
    ------
    DataError : if a path does not exist, states no truth, or one of its files is damaged.
    """
    sources = [source for path in paths for source in truth_sources(path, year)]
    sources.sort(key=lambda source: source.is_list)  # stable: folders first, as the user gave them
    merged: dict[SectionKey, SectionTruth] = {}
    warnings: list[str] = []
    for source in sources:
        warnings += [f"left out as a source of truth: {source.fault}"] if source.fault else []
        warnings += _contradictions(merged, source)
        warnings += _suspicions(merged, source)
        for key, section in source.sections.items():
            known = merged.get(key, SectionTruth())
            merged[key] = SectionTruth(
                is_anomaly=known.is_anomaly or section.is_anomaly,
                is_target=known.is_target or section.is_target,
                labelled_names=section.labelled_names | known.labelled_names,
            )
    return Truth(sections=merged, warnings=tuple(warnings))


def read_test_names(path: Path) -> dict[SectionKey, set[str]]:
    """The names of the test clips, from recordings, ground truth or a list; labelled or not.

    Raises
    ------
    DataError : if there are none, or a file is damaged.
    """
    names: dict[SectionKey, set[str]] = defaultdict(set)
    if not path.exists():
        raise DataError(
            "no such file or folder", path=path, advice="expected evaluation recordings"
        )
    if path.is_dir():
        for key, name in recorded_names(path, prefer_renamed=False):
            names[key].add(name)
    if not names:
        for key, section in read_truth([path]).sections.items():
            names[key] = set(section.is_anomaly)
    return dict(names)


def _contradictions(known: dict[SectionKey, SectionTruth], source: TruthSource) -> Iterator[str]:
    """One warning for every machine whose labels or domains in this source are not the known."""
    wrong: dict[str, Counter[str]] = defaultdict(Counter)
    for (machine_type, number), section in source.sections.items():
        trusted = known.get((machine_type, number), SectionTruth())
        for what in ("is_anomaly", "is_target"):
            before, now = getattr(trusted, what), getattr(section, what)
            wrong[machine_type][what] += sum(
                now[name] != before[name] for name in now.keys() & before
            )
            wrong[machine_type][f"{what} of"] += len(now.keys() & before)
    for machine_type, count in wrong.items():
        if count["is_anomaly"] or count["is_target"]:
            yield (
                f"{source.path}: {count['is_anomaly']} of {count['is_anomaly of']} labels and "
                f"{count['is_target']} of {count['is_target of']} domains of {machine_type} "
                "contradict the more trusted source, which is used"
                + (
                    "; the published list of 2022 is known to be wrong there"
                    if source.is_list and machine_type in WRONG_LISTS_2022
                    else ""
                )
            )


def _suspicions(known: dict[SectionKey, SectionTruth], source: TruthSource) -> Iterator[str]:
    """A warning where only a list speaks about the sections whose published lists are wrong."""
    for machine_type, sections in WRONG_LISTS_2022.items():
        alone = [
            section
            for section in sections
            if source.is_list
            and (machine_type, section) not in known
            and _is_of_2022(section, source.sections.get((machine_type, section)))
        ]
        if alone:
            yield (
                f"{source.path}: the published list of 2022 has wrong labels and domains for "
                f"{machine_type} sections {', '.join(alone)}; give the evaluator's folder with "
                "ground_truth_data and ground_truth_domain as well"
            )


def _is_of_2022(section: str, truth: SectionTruth | None) -> bool:
    """Whether the hidden names are those of 2022; 2020 and 2021 had others for these machines."""
    pattern = HIDDEN_NAMES[2022].format(section=section)
    return truth is not None and re.match(pattern, next(iter(truth.is_anomaly))) is not None
