"""The file ``<label>.meta.yaml`` that describes a system: template and check, all keys.

Sources: real files of 2020, 2022, 2025 and 2026. None of 2021, 2023 and 2024 was seen; they are
treated like the next year that was, and their result keys are not compared. ``!!null`` stands for
what does not apply.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dcase_classic.challenge.years import Subset, Year, find_year
from dcase_classic.errors import SubmissionError, listed, needing, one_line
from dcase_classic.evaluation.metrics import MIN_PARTIAL_AUC
from dcase_classic.given_files import read_given_text
from dcase_classic.io.results.plain_yaml import MAX_YAML_BYTES, load_yaml
from dcase_classic.outcomes.evaluations import Means
from dcase_classic.records import Finding

LABEL = re.compile(r"[^\W_]+_[A-Za-z0-9-]+_task2_[1-4]")
MAX_ABBREVIATION = 10

_CORRESPONDING = "corresponding"  # only one author has it
_AUTHOR = ("lastname", "firstname", "email", "affiliation")
_AFFILIATION = ("institution", "department", "location")


def check_meta(path: Path, year: int, label: str | None = None) -> list[Finding]:
    """Every problem of a meta file.

    Parameters
    ----------
    path : the file.
    year : of the challenge.
    label : what the file has to say, as folder and file are named after it; None: not compared.
    """
    try:
        content = read_meta(path)
    except SubmissionError as error:
        return [Finding.from_error(error)]
    record = find_year(year)
    wanted = _structure(record, {})
    if not record.is_meta_seen:
        wanted["results"]["development_dataset"] = {
            name: {} for name in record.machines[Subset.DEV]
        }
    problems = [line for name in wanted for line in _missing(content.get(name), wanted[name], name)]
    problems += _submission_problems(_block(content, "submission"), label)
    problems += _result_problems(content, record)
    return [Finding.error(path, problem) for problem in problems]


def read_meta(path: Path) -> dict[str, Any]:
    """The content of a meta file.

    Raises
    ------
    SubmissionError : if it cannot be read, is not valid YAML, or PyYAML is not installed.
    """
    yaml = _yaml(path)
    text = read_given_text(path, error=SubmissionError, max_bytes=MAX_YAML_BYTES)
    try:
        content = load_yaml(text)
    except yaml.YAMLError as error:
        problem = "not valid YAML (a common cause is a tab instead of spaces)"
        raise SubmissionError(f"{problem}: {one_line(error)}", path=path) from error
    if not isinstance(content, dict):
        raise SubmissionError("expected the blocks submission, system and results", path=path)
    return content


def meta_template(year: int, label: str, results: Mapping[str, Means] | None = None) -> str:
    """A meta file with all keys of the year, to be filled in.

    Parameters
    ----------
    year : of the challenge.
    label : of the system, ``<LastName>_<Institute>_task2_<1-4>``.
    results : of the development set by machine; what is not among them is null.

    Raises
    ------
    SubmissionError : if the label has another form, or PyYAML is not installed.
    """
    if not LABEL.fullmatch(label):
        raise SubmissionError(f"label: got {label!r}, expected <LastName>_<Institute>_task2_<1-4>")
    content = _structure(find_year(year), results or {})
    content["submission"]["label"] = label
    dump = _yaml(Path(f"{label}.meta.yaml")).safe_dump
    text: str = dump(content, sort_keys=False, allow_unicode=True)
    return text.replace(": null\n", ": !!null\n")


def _structure(year: Year, results: Mapping[str, Means]) -> dict[str, Any]:
    """All blocks and keys of a year, null but for the results."""
    author: dict[str, Any] = dict.fromkeys(_AUTHOR)
    author |= {_CORRESPONDING: True, "affiliation": dict.fromkeys(_AFFILIATION)}
    submission = dict.fromkeys(("label", "name", "abbreviation"))
    return {
        "submission": {**submission, "authors": [author]},
        "system": {
            "description": dict.fromkeys(year.meta_description),
            "complexity": dict.fromkeys(year.meta_complexity),
            "external_datasets": [{"name": None, "url": None}],
            "source_code": None,
        },
        "results": {
            "development_dataset": {
                machine_type: _percents(results.get(machine_type), year.meta_results)
                for machine_type in year.machines[Subset.DEV]
            }
        },
    }


def _percents(means: Means | None, keys: Sequence[str]) -> dict[str, float | None]:
    """The values of one machine as the keys of a year call them, in percent with two decimals."""
    percents: dict[str, float | None] = dict.fromkeys(keys)
    if means is None:
        return percents
    for key in keys:
        is_arithmetic = key.startswith("averaged_")
        values = means.arithmetic_mean if is_arithmetic else means.harmonic_mean
        value = values.get(key.removeprefix("averaged_").removeprefix("harmonic_mean_"))
        percents[key] = None if value is None else round(100 * value, 2)
    return percents


def _yaml(path: Path) -> Any:
    advice = "install it with pip install 'dcase_classic[submission]'"
    with needing(SubmissionError("meta files need PyYAML", path=path, advice=advice)):
        import yaml
    return yaml


def _missing(block: object, wanted: object, name: str) -> Iterator[str]:
    """What of a structure is not there; one entry stands for all of a list."""
    if isinstance(wanted, list):
        for number, entry in enumerate(block if isinstance(block, list) else (), start=1):
            yield from _missing(entry, wanted[0], f"{name}[{number}]")
    if not isinstance(wanted, dict):
        return
    keys = [key for key in wanted if key != _CORRESPONDING]
    if not isinstance(block, dict):
        yield f"{name}: is missing or no block; expected the keys {', '.join(keys)}"
        return
    missing = [key for key in keys if key not in block]
    if missing:
        yield f"{name}: missing keys: {', '.join(missing)}"
    for key in block:
        yield from _missing(block[key], wanted.get(key), f"{name}.{key}")


def _block(content: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A block of a block; empty where there is none."""
    block: Any = content
    for name in names:
        block = block.get(name) if isinstance(block, dict) else None
    return block if isinstance(block, dict) else {}


def _submission_problems(block: dict[str, Any], expected_label: str | None) -> Iterator[str]:
    label, authors = block.get("label"), block.get("authors", [{_CORRESPONDING: True}])
    if label is not None and not (isinstance(label, str) and LABEL.fullmatch(label)):
        yield f"submission.label: got {label!r}, expected <LastName>_<Institute>_task2_<1-4>"
    if label is not None and expected_label not in (None, label):
        yield f"submission.label: got {label!r}, but file and folder are named {expected_label!r}"
    for key in ("label", "name", "abbreviation"):
        if key in block and block[key] is None:
            yield f"submission.{key}: is empty"
    abbreviation = str(block.get("abbreviation") or "")
    if len(abbreviation) > MAX_ABBREVIATION:
        yield f"submission.abbreviation: got {abbreviation!r}, expected at most 10 characters"
    if not isinstance(authors, list) or not authors:
        yield "submission.authors: expected a list of at least one author"
        return
    marked = [author for author in authors if _block({"": author}, "").get(_CORRESPONDING)]
    if len(marked) != 1:
        yield f"submission.authors: {len(marked)} are 'corresponding: true', expected one"


def _result_problems(content: dict[str, Any], year: Year) -> Iterator[str]:
    results = _block(content, "results", "development_dataset")
    machines = year.machines[Subset.DEV]
    unknown = [str(name) for name in results if name not in machines]
    if unknown:
        yield f"results.development_dataset: unknown machines: {listed(unknown)}"
    values = {
        f"results.development_dataset.{machine_type}.{key}": value
        for machine_type in machines
        for key, value in _block(results, machine_type).items()
        if value is not None
    }
    numbers = {name: float(value) for name, value in values.items() if _is_percent(value)}
    for name, value in values.items():
        if name not in numbers:
            yield f"{name}: got {value!r}, expected a number in percent"
    yield from _scale_problems(numbers)


def _is_percent(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100


def _scale_problems(numbers: dict[str, float]) -> Iterator[str]:
    """Real submissions held fractions instead of percent, and raw areas as partial AUC."""
    if numbers and max(numbers.values()) <= 1:
        yield "results.development_dataset: all values are at most 1; expected percent, 0 to 100"
        return
    lowest = 100 * MIN_PARTIAL_AUC
    for name, value in numbers.items():
        if "pauc" in name.rpartition(".")[2] and value < lowest - 0.01:
            least = f"at least {lowest:.2f} percent; it is standardised, not the raw area"
            yield f"{name}: got {value:g}, but a partial AUC is {least}"
