import itertools
from contextlib import suppress
from pathlib import Path

import fuzz_seeds
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcase_classic.challenge.years import PLAIN_TAIL, YEARS
from dcase_classic.errors import SubmissionError
from dcase_classic.io.results.run_file import RUN_FILE
from dcase_classic.io.results.score_files import official_files, write_scores
from dcase_classic.io.results.systems import find_systems, read_system
from dcase_classic.outcomes.predictions import ClipScore
from dcase_classic.outcomes.scores import SectionScores


def section_scores(rows, machine_type="fan", section="00"):
    scores = tuple(
        ClipScore(name=name, anomaly_score=score, is_anomaly=score > 0) for name, score in rows
    )
    return SectionScores(machine_type=machine_type, section=section, scores=scores)


TWO = section_scores([("section_00_0001.wav", 0.1), ("section_00_0000.wav", -2.0)])


def test_files_are_sorted_plain_and_named_as_the_challenge_wants(tmp_path):
    paths = write_scores(tmp_path, TWO)
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "fan/anomaly_score_fan_section_00_test.csv",
        "fan/decision_result_fan_section_00_test.csv",
    ]
    assert paths[0].read_bytes() == b"section_00_0000.wav,-2.0\nsection_00_0001.wav,0.1\n"
    assert paths[1].read_bytes() == b"section_00_0000.wav,0\nsection_00_0001.wav,1\n"


@pytest.mark.parametrize(
    ("tail", "name"),
    [
        (PLAIN_TAIL, "anomaly_score_fan_section_00.csv"),
        (YEARS[2020].submission_tail, "anomaly_score_fan_id_00.csv"),
        (YEARS[2023].submission_tail, "anomaly_score_fan_section_00_test.csv"),
    ],
)
def test_the_end_of_the_name_can_be_chosen(tail, name):
    assert next(iter(official_files(TWO, tail=tail))) == name


def test_in_2021_there_is_one_file_for_each_domain():
    result = section_scores(
        [("section_00_target_test_0000.wav", 1.0), ("section_00_source_test_0000.wav", 2.0)]
    )
    files = official_files(result, tail=YEARS[2021].submission_tail, has_decisions=False)
    assert files == {
        "anomaly_score_fan_section_00_source_test.csv": "section_00_source_test_0000.wav,2.0\n",
        "anomaly_score_fan_section_00_target_test.csv": "section_00_target_test_0000.wav,1.0\n",
    }


def test_names_without_a_domain_cannot_be_split_by_domain():
    with pytest.raises(SubmissionError, match="does not tell the domain"):
        official_files(TWO, tail=YEARS[2021].submission_tail)


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_refused_and_nothing_is_written(tmp_path, score):
    result = section_scores([("section_00_0000.wav", score), ("section_00_0001.wav", 0.0)])
    with pytest.raises(SubmissionError, match=r"fan section 00: section_00_0000\.wav: anomaly"):
        write_scores(tmp_path, result)
    assert list(tmp_path.iterdir()) == []


def test_no_clips_and_doubled_names_are_refused():
    with pytest.raises(SubmissionError, match="no clip was scored"):
        official_files(section_scores([]))
    with pytest.raises(SubmissionError, match=r"same name: a\.wav; rename"):
        official_files(section_scores([("a.wav", 0.0), ("a.wav", 1.0), ("b.wav", 1.0)]))


@given(scores=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_written_scores_read_back_to_the_last_bit(tmp_path_factory, scores):
    folder = tmp_path_factory.mktemp("scores")
    rows = [(f"section_00_{number:04d}.wav", score) for number, score in enumerate(scores)]
    write_scores(folder, section_scores(rows))
    system = read_system(*find_systems(folder))
    assert system.sections["fan", "00"].anomaly_scores == dict(rows)
    assert system.sections["fan", "00"].decisions == {name: score > 0 for name, score in rows}


def test_numpy_scores_are_written_as_plain_numbers():
    result = section_scores([("a.wav", np.float64(0.1)), ("b.wav", np.float32(0.5))])
    assert official_files(result)["anomaly_score_fan_section_00_test.csv"] == (
        "a.wav,0.1\nb.wav,0.5\n"
    )


def interrupt_at(patch, n_steps):
    """Let the step of this number, a file that gets or loses its name, be interrupted."""
    steps = itertools.count()
    for name in ("replace", "unlink"):
        plain = getattr(Path, name)

        def step(*arguments, _plain=plain, **options):
            if next(steps) == n_steps:
                raise KeyboardInterrupt
            return _plain(*arguments, **options)

        patch.setattr(Path, name, step)


@pytest.mark.parametrize("n_steps", range(12))
def test_a_run_that_is_interrupted_leaves_nothing_of_two_runs(tmp_path, monkeypatch, n_steps):
    names = ("section_00_source_test_0.wav", "section_00_target_test_1.wav")
    tail = YEARS[2021].submission_tail
    before = [(name, -1.0) for name in names]
    kept = write_scores(tmp_path, section_scores(before), tail=tail)
    fuzz_seeds.run_seeds(tmp_path)
    with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
        interrupt_at(patch, n_steps)
        write_scores(tmp_path, section_scores([(name, 1.0) for name in names]), tail=tail)
    rows = {path: path.read_text().split(",")[1] for path in kept if path.exists()}
    assert any({*rows.values()} <= run for run in ({"-1.0\n", "0\n"}, {"1.0\n", "1\n"}))
    assert len(rows) == 4 or not (tmp_path / RUN_FILE).exists()
    assert {*(tmp_path / "fan").iterdir()} == {*rows}
