"""The truth about test clips from one or several sources, and where they contradict each other.

In 2022 the published list is wrong for 608 of 1200 labels of ToyCar and ToyTrain; a list alone
cannot show that, a second source does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dcase_classic.challenge.years import YEARS
from dcase_classic.errors import DataError
from dcase_classic.evaluation.joining import SectionTruth
from dcase_classic.io.recordings.dataset import by_section, find_clips, has_recordings
from dcase_classic.io.results.truth_sources import TruthSource, truth_sources
from dcase_classic.records import SectionKey, Split


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
    if not path.exists():
        raise DataError(
            "no such file or folder", path=path, advice="expected evaluation recordings"
        )
    if not has_recordings(path):
        return {
            key: set(section.is_anomaly) for key, section in read_truth([path]).sections.items()
        }
    sections = by_section(find_clips(path, split=Split.TEST, prefer_renamed=False))
    return {key: {clip.name for clip in clips} for key, clips in sections.items()}


def _contradictions(known: dict[SectionKey, SectionTruth], source: TruthSource) -> Iterator[str]:
    """One warning for every machine whose labels or domains in this source are not the known."""
    for machine_type in dict.fromkeys(machine_type for machine_type, _ in source.sections):
        pairs = [
            (section, known[key])
            for key, section in source.sections.items()
            if key[0] == machine_type and key in known
        ]
        labels = _n_unlike([(new.is_anomaly, trusted.is_anomaly) for new, trusted in pairs])
        domains = _n_unlike([(new.is_target, trusted.is_target) for new, trusted in pairs])
        if labels[0] or domains[0]:
            wrong = [year for year in YEARS if machine_type in YEARS[year].wrong_lists]
            yield (
                f"{source.path}: {labels[0]} of {labels[1]} labels and {domains[0]} of "
                f"{domains[1]} domains of {machine_type} contradict the more trusted source, which "
                "is used"
                + "".join(
                    f"; the published list of {year} is known to be wrong there"
                    for year in wrong
                    if source.is_list
                )
            )


def _n_unlike(pairs: Sequence[tuple[dict[str, bool], dict[str, bool]]]) -> tuple[int, int]:
    """How many names have another value in the first dictionary, and how many are in both."""
    values = [(new[name], old[name]) for new, old in pairs for name in new.keys() & old]
    return sum(new != old for new, old in values), len(values)


def _suspicions(known: dict[SectionKey, SectionTruth], source: TruthSource) -> Iterator[str]:
    """A warning where only a list speaks about the sections whose published lists are wrong."""
    lists = [
        (year, machine_type, sections)
        for year in YEARS.values()
        for machine_type, sections in year.wrong_lists.items()
        if source.is_list
    ]
    for year, machine_type, sections in lists:
        alone = [
            section
            for section in sections
            if (machine_type, section) in source.sections.keys() - known.keys()
            and year.is_hidden_name(
                next(iter(source.sections[machine_type, section].is_anomaly)), section
            )  # other years have other names for these machines
        ]
        if alone:
            yield (
                f"{source.path}: the published list of {year.number} has wrong labels and domains "
                f"for {machine_type} sections {', '.join(alone)}; give the evaluator's folder with "
                "ground_truth_data and ground_truth_domain as well"
            )
