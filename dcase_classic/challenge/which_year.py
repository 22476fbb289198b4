"""Which DCASE year recordings belong to, from what their folders and names say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dcase_classic.challenge.clip_names import NO_ATTRIBUTE, parse_name
from dcase_classic.challenge.metric_rules import MetricRule
from dcase_classic.challenge.years import YEARS, Year, find_year
from dcase_classic.grouping import grouped
from dcase_classic.records import Clip, SectionKey, Split

OF_NO_YEAR = "these machines are of no DCASE year"
_Sections = dict[str, set[str]]  # of every machine


@dataclass(frozen=True, slots=True, kw_only=True)
class YearGuess:
    """The years that fit, none for recordings of one's own, and why."""

    years: tuple[int, ...]
    reason: str


def guess_year(clips: Sequence[Clip], year: int | None = None) -> YearGuess:
    """The DCASE year of the clips; ``year``, where it is given, is right.

    A folder named as the official baseline names it decides if its year knows all the machines;
    then names by id (2020 only); then the machines, their sections, and which machines conceal
    their attributes. 2023, 2024 and 2025 share their development machines: with few of them, more
    than one year may fit. Names that are not official tell nothing.
    """
    if year is not None:
        return YearGuess(years=(year,), reason="as asked for")
    sections = _by_machine((clip.machine_type, clip.section) for clip in clips)
    named = _year_of_folders(clips)
    if named is not None and _has_all(named, sections):
        return YearGuess(years=(named.number,), reason=f"the folder {named.folder_name}")
    if any(clip.is_of_mimii for clip in clips):
        return YearGuess(years=(), reason="MIMII's own layout")
    official = [clip for clip in clips if parse_name(clip.name) is not None]
    sections = _by_machine((clip.machine_type, clip.section) for clip in official)
    known = [record for record in YEARS.values() if official and _has_all(record, sections)]
    fitting = [record for record in known if _names_as(record, official)]
    whole = [record for record in fitting if _is_whole(record, sections)] or fitting
    best = [record for record in whole if _conceals_as(record, official)] or whole
    reason = "machines, sections and names" if best else OF_NO_YEAR
    return YearGuess(years=tuple(record.number for record in best), reason=reason)


def rule_of_name(name: str) -> MetricRule:
    """The rule of the years in which test clips have names of this form.

    Examples
    --------
    >>> rule_of_name("section_03_source_test_0000.wav")
    <MetricRule.PER_DOMAIN: 'per domain'>
    """
    parts = parse_name(name)
    if parts is not None and parts.is_by_id:
        return MetricRule.PER_SECTION
    is_hidden = parts is not None and parts.label is None
    has_domain = parts is not None and parts.domain is not None
    return MetricRule.PER_DOMAIN if is_hidden and has_domain else MetricRule.SHARED_ANOMALIES


def rule_doubt(
    rule: MetricRule, year: int | None, names: Iterable[str], keys: Iterable[SectionKey]
) -> str:
    """Why another rule may be right for results of these clips and sections; empty where none.

    Parameters
    ----------
    rule : that is taken.
    year : that was asked for; None where ``rule`` follows from names.
    names, keys : of the clips and of the sections.

    Examples
    --------
    >>> rule_doubt(MetricRule.PER_DOMAIN, 2021, ["section_03_0000.wav"], [("fan", "03")])
    "the rule is 'per domain', but the clips are named as under 'shared anomalies'"
    """
    possible = _possible_rules(names)
    if rule not in possible:
        others = " or ".join(f"'{other}'" for other in sorted(possible)) or "several rules"
        return f"the rule is '{rule}', but the clips are named as under {others}"
    if year is not None or possible == frozenset(MetricRule):
        return ""
    sections = _by_machine(keys)
    others = ", ".join(
        str(record.number)
        for record in YEARS.values()
        if record.metric_rule in possible - {rule} and _has_all(record, sections)
    )
    if not others:
        return ""
    return f"the rule '{rule}' is taken, but names without attributes may be of {others}: --year"


def foreign_sections(year: int, keys: Iterable[SectionKey]) -> list[SectionKey]:
    """The sections that other years have, and this one does not."""
    return [
        (machine, section)
        for machine, section in sorted(keys)
        if section not in find_year(year).sections_of(machine)
        and any(section in other.sections_of(machine) for other in YEARS.values())
    ]


def set_doubt(year: int, keys: Iterable[SectionKey]) -> str:
    """What a total over these sections is of, where that is not one set of the year as a whole.

    Examples
    --------
    >>> set_doubt(2025, [("ToyCar", "00"), ("fan", "00")])
    '2 of 7 sections of the dev set'
    """
    known = set(keys)
    sets = {
        subset: {(machine, section) for machine, numbers in machines.items() for section in numbers}
        for subset, machines in find_year(year).machines.items()
    }
    touched = {subset: all_keys for subset, all_keys in sets.items() if known & all_keys}
    all_keys = set().union(*touched.values())
    if not touched or (len(touched) == 1 and all_keys <= known):
        return ""
    names = " and the ".join(touched)
    return f"{len(known & all_keys)} of {len(all_keys)} sections of the {names} set"


def _possible_rules(names: Iterable[str]) -> frozenset[MetricRule]:
    """The rules of the years in which all clips may be called so; odd names say nothing."""
    rules = frozenset(MetricRule)
    for name in names:
        parts = parse_name(name)
        if parts is None:
            continue
        is_doubtful = not parts.is_by_id and parts.label is not None and not parts.attributes
        with_domains = frozenset(MetricRule) - {MetricRule.PER_SECTION}
        rules &= with_domains if is_doubtful else {rule_of_name(name)}
    return rules


def _year_of_folders(clips: Sequence[Clip]) -> Year | None:
    folders = {str(clip.path.parent) for clip in clips}
    named = [
        year for year in YEARS.values() if any(year.folder_name in folder for folder in folders)
    ]
    return named[0] if len(named) == 1 else None


def _by_machine(keys: Iterable[SectionKey]) -> _Sections:
    return {machine: set(sections) for machine, sections in grouped(keys).items()}


def _has_all(year: Year, sections: _Sections) -> bool:
    return all(numbers <= year.sections_of(machine) for machine, numbers in sections.items())


def _names_as(year: Year, clips: Sequence[Clip]) -> bool:
    """Whether names go by id, and labelled ones have attributes, where the year's do."""
    names = [parse_name(clip.name) for clip in clips]
    is_by_id = any(name is not None and name.is_by_id for name in names)
    labelled = [clip for clip in clips if clip.label is not None]
    has_attributes = any(clip.attributes for clip in labelled)
    return is_by_id == year.is_by_id and (not labelled or has_attributes == year.has_attributes)


def _is_whole(year: Year, sections: _Sections) -> bool:
    """Whether the sections of every machine are all those of one subset or of both."""
    subsets = year.machines.values()
    return all(
        numbers == year.sections_of(machine)
        or numbers in [set(machines.get(machine, ())) for machines in subsets]
        for machine, numbers in sections.items()
    )


def _conceals_as(year: Year, clips: Sequence[Clip]) -> bool:
    """Whether exactly the machines of the year's list conceal the attributes of training clips."""
    concealed = {
        clip.machine_type: clip.attributes == NO_ATTRIBUTE
        for clip in clips
        if clip.split is Split.TRAIN
    }
    return all(is_so == (machine in year.concealed) for machine, is_so in concealed.items())
