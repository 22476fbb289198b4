"""The file ``<label>.meta.yaml`` that describes a system: template and check, all keys.

Sources: real files of 2020, 2022, 2025 and 2026. None of 2021, 2023 and 2024 was seen; they are
treated like the next year that was, and their result keys are not compared. ``!!null`` stands for
what does not apply.
"""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dcase_classic.challenge.years import Subset, Year, find_year
from dcase_classic.errors import SubmissionError, listed
from dcase_classic.evaluation.metrics import MIN_PARTIAL_AUC
from dcase_classic.outcomes import Means
from dcase_classic.records import Finding

LABEL = re.compile(r"[^\W_]+_[A-Za-z0-9-]+_task2_[1-4]")
MAX_ABBREVIATION = 10

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
    problems = [*_submission_problems(content, label), *_system_problems(content, record)]
    problems += _result_problems(content, record)
    return [Finding.error(path, problem) for problem in problems]


def read_meta(path: Path) -> dict[str, Any]:
    """The content of a meta file.

    Raises
    ------
    SubmissionError : if it cannot be read, is not valid YAML, or PyYAML is not installed.
    """
    yaml = _yaml(path)
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SubmissionError("no such file", path=path) from error
    except UnicodeDecodeError as error:
        raise SubmissionError("not a UTF-8 text file", path=path) from error
    except yaml.YAMLError as error:
        where = " ".join(str(error).split())
        raise SubmissionError(
            f"not valid YAML (a common cause is a tab instead of spaces): {where}", path=path
        ) from error
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
    yaml = _yaml(Path(f"{label}.meta.yaml"))
    record = find_year(year)
    author: dict[str, Any] = dict.fromkeys(_AUTHOR)
    author["corresponding"] = True
    author["affiliation"] = dict.fromkeys(_AFFILIATION)
    content = {
        "submission": {"label": label, "name": None, "abbreviation": None, "authors": [author]},
        "system": {
            "description": dict.fromkeys(record.meta_description),
            "complexity": dict.fromkeys(record.meta_complexity),
            "external_datasets": [{"name": None, "url": None}],
            "source_code": None,
        },
        "results": {
            "development_dataset": {
                machine_type: _percents((results or {}).get(machine_type), record.meta_results)
                for machine_type in record.machines[Subset.DEV]
            }
        },
    }
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    return text.replace(": null\n", ": !!null\n")


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


def _yaml(path: Path) -> Any:  # noqa: ANN401 - a module
    try:
        import yaml
    except ImportError as error:
        raise SubmissionError(
            "meta files need PyYAML",
            path=path,
            advice="install it with pip install 'dcase_classic[submission]'",
        ) from error
    return yaml


def _submission_problems(content: dict[str, Any], expected_label: str | None) -> Iterator[str]:
    block = yield from _block(content, "submission", ("label", "name", "abbreviation", "authors"))
    label = block.get("label")
    if label is not None and not (isinstance(label, str) and LABEL.fullmatch(label)):
        yield f"submission.label: got {label!r}, expected <LastName>_<Institute>_task2_<1-4>"
    if label is not None and expected_label is not None and label != expected_label:
        yield f"submission.label: got {label!r}, but file and folder are named {expected_label!r}"
    for key in ("label", "name", "abbreviation"):
        if key in block and block[key] is None:
            yield f"submission.{key}: is empty"
    abbreviation = str(block.get("abbreviation") or "")
    if len(abbreviation) > MAX_ABBREVIATION:
        yield f"submission.abbreviation: got {abbreviation!r}, expected at most 10 characters"
    if "authors" in block:
        yield from _author_problems(block["authors"])


def _author_problems(authors: object) -> Iterator[str]:
    if not isinstance(authors, list) or not authors:
        yield "submission.authors: expected a list of at least one author"
        return
    for number, author in enumerate(authors, start=1):
        name = f"submission.authors[{number}]"
        fields = yield from _block({name: author}, name, _AUTHOR)
        if "affiliation" in fields:
            yield from _block(fields, "affiliation", _AFFILIATION, f"{name}.")
    corresponding = [
        author for author in authors if isinstance(author, dict) and author.get("corresponding")
    ]
    if len(corresponding) != 1:
        yield f"submission.authors: {len(corresponding)} are 'corresponding: true', expected one"


def _system_problems(content: dict[str, Any], year: Year) -> Iterator[str]:
    keys = ("description", "complexity", "external_datasets", "source_code")
    block = yield from _block(content, "system", keys)
    if "description" in block:
        yield from _block(block, "description", year.meta_description, "system.")
    if "complexity" in block:
        yield from _block(block, "complexity", year.meta_complexity, "system.")
    for number, data_set in enumerate(block.get("external_datasets") or [], start=1):
        name = f"system.external_datasets[{number}]"
        yield from _block({name: data_set}, name, ("name", "url"))


def _result_problems(content: dict[str, Any], year: Year) -> Iterator[str]:
    block = yield from _block(content, "results", ("development_dataset",))
    if "development_dataset" not in block:
        return
    machines = tuple(year.machines[Subset.DEV])
    results = yield from _block(block, "development_dataset", machines, "results.")
    unknown = [str(name) for name in results if name not in machines]
    if unknown:
        yield f"results.development_dataset: unknown machines: {listed(unknown)}"
    keys = year.meta_results if year.is_meta_seen else ()
    numbers = {}
    for machine_type in (name for name in machines if name in results):
        where = f"results.development_dataset.{machine_type}"
        values = yield from _block({where: results[machine_type]}, where, keys)
        for key, value in values.items():
            if value is None:
                continue
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not 0 <= value <= 100
            ):
                yield f"{where}.{key}: got {value!r}, expected a number in percent"
            else:
                numbers[f"{where}.{key}"] = float(value)
    yield from _scale_problems(numbers)


def _scale_problems(numbers: dict[str, float]) -> Iterator[str]:
    """Real submissions held fractions instead of percent, and raw areas as partial AUC."""
    if numbers and max(numbers.values()) <= 1:
        yield "results.development_dataset: all values are at most 1; expected percent, 0 to 100"
        return
    lowest = 100 * MIN_PARTIAL_AUC
    for name, value in numbers.items():
        if "pauc" in name.rpartition(".")[2] and value < lowest - 0.01:
            yield (
                f"{name}: got {value:g}, but a partial AUC is at least {lowest:.2f} percent; "
                "it is standardised, not the raw area"
            )


def _block(
    parent: dict[str, Any], name: str, keys: tuple[str, ...], prefix: str = ""
) -> Generator[str, None, dict[str, Any]]:
    """A block as a dictionary, empty if it is none; missing keys are problems."""
    block = parent.get(name)
    if not isinstance(block, dict):
        yield f"{prefix}{name}: is missing or no block; expected the keys {', '.join(keys)}"
        return {}
    missing = [key for key in keys if key not in block]
    if missing:
        yield f"{prefix}{name}: missing keys: {', '.join(missing)}"
    return block
