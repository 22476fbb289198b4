"""Every section value and every total of the official result files of 2021 and 2022."""

import csv

import pytest

from dcase_classic.pipeline.evaluate import EvaluationSettings, evaluate

SYSTEMS = [
    *((2021, name) for name in ("informative", "ties")),
    *(
        (2022, name)
        for name in ("constant", "domainshift", "informative", "inverted", "shuffled", "ties")
    ),
]
KINDS = {"AUC": "auc", "pAUC": "pauc", "precision": "precision", "recall": "recall"}
TOTALS = {  # official row: our mean, our ending
    "arithmetic mean": ("arithmetic_mean", ""),
    "harmonic mean": ("harmonic_mean", ""),
    "source harmonic mean": ("harmonic_mean", "_source"),
    "target harmonic mean": ("harmonic_mean", "_target"),
}
# In 2022 the two domain rows of a machine are wrong in the official script.
FAULTY_MACHINE_ROWS = {2021: set(), 2022: {"source harmonic mean", "target harmonic mean"}}


@pytest.fixture(scope="module", params=SYSTEMS, ids=lambda system: f"{system[0]}-{system[1]}")
def both(request, shared):
    """The evaluation of a system, and the rows of the official result file."""
    year, name = request.param
    root = shared / "conformance" / str(year)
    ranking = evaluate(
        root / "submissions" / name, [root], EvaluationSettings(with_intervals=False)
    )
    with (root / "official_results" / f"{name}_result.csv").open(newline="") as file:
        return year, ranking.evaluations[0], list(csv.reader(file))


def blocks(rows):
    """The title and the rows of every block; blocks end with an empty row."""
    block = []
    for row in [*rows, []]:
        if row:
            block.append(row)
        elif block:
            yield (block[0][0], block[1:]) if len(block[0]) == 1 else ("", block)
            block = []


def key_of(column, domain=""):
    """Our key for an official column such as ``AUC (source)`` or ``F1 score``."""
    kind, _, inside = column.partition(" (")
    domain = inside.rstrip(")") or domain
    return KINDS.get(kind, "f1") + (f"_{domain}" if domain else "")


def exactly(value):
    return pytest.approx(float(value), rel=0, abs=1e-12)


@pytest.mark.uncounted
@pytest.mark.shared
def test_every_section_value_is_the_official_one(both):
    year, evaluation, rows = both
    ours = {
        (section.machine_type, section.section): section.values for section in evaluation.sections
    }
    n_compared = 0
    for machine_type, block in blocks(rows):
        header = block[0]
        for row in (row for row in block[1:] if row[0].isdigit()):
            domain = row[1] if year == 2021 else ""
            for column, value in list(zip(header, row, strict=True))[2 if domain else 1 :]:
                assert ours[machine_type, row[0]][key_of(column, domain)] == exactly(value)
                n_compared += 1
    assert n_compared == {2021: 7 * 6 * 5, 2022: 7 * 3 * 10}[year]


@pytest.mark.shared
def test_every_mean_of_machines_and_totals_is_the_official_one(both):
    year, evaluation, rows = both
    n_compared = 0
    for title, block in blocks(rows):
        header = ["", "", "AUC", "pAUC", "precision", "recall", "F1 score"]
        for row in block:
            name = row[0].partition(" over")[0]
            if name not in TOTALS or (title and name in FAULTY_MACHINE_ROWS[year]):
                continue
            means = evaluation.machines[title] if title else evaluation.totals
            kind, ending = TOTALS[name]
            ours = getattr(means, kind)
            for column, value in list(zip(header, row, strict=True))[2:]:
                key = key_of(column)
                # the pAUC of 2022 covers both domains
                assert ours.get(key + ending, ours[key]) == exactly(value)
                n_compared += 1
    assert n_compared == {2021: 5 * (7 * 4 + 4), 2022: 5 * (7 * 2 + 4)}[year]


@pytest.mark.shared
def test_the_official_score_is_the_official_one(both):
    _, evaluation, rows = both
    ((_, _, score),) = [row for row in rows if row and row[0] == "official score"]
    assert evaluation.official_score == exactly(score)
    # 1e-12 would say nothing about the score of the inverted system, about 3e-16
    assert evaluation.official_score == pytest.approx(float(score), rel=1e-9)
