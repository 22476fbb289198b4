import shutil

import numpy as np
import pytest
from conftest import write_wav

from dcase_classic.errors import ArtifactError, DataError
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.pipeline.inference import infer
from dcase_classic.records import Split
from dcase_classic.run import Run


@pytest.fixture
def pump(fitted):
    return read_manifest(fitted)["pump", "00"]


@pytest.fixture
def clips(own_data):
    return find_clips(own_data, split=Split.TEST, machines=["pump"])


def with_silence(clips):
    write_wav(clips[1].path, np.zeros(16000))
    return clips


def test_scores_stand_in_the_order_of_the_clips_that_can_be_used(clips, fitted, pump):
    forwards = infer(clips, fitted, pump, run=Run())
    backwards = infer(clips[::-1], fitted, pump, run=Run())
    assert [score.name for score in forwards.scores] == [clip.name for clip in clips]
    assert backwards.scores == forwards.scores[::-1]


def test_a_higher_score_never_has_a_higher_p_value(clips, fitted, pump):
    scores = sorted(infer(clips, fitted, pump, run=Run()).scores, key=lambda row: row.anomaly_score)
    p_values = [row.p_value for row in scores]
    assert p_values == sorted(p_values, reverse=True)
    assert len(set(p_values)) > 1


def test_a_clip_that_cannot_be_used_is_told_and_the_others_are_scored(clips, fitted, pump):
    inference = infer(with_silence(clips), fitted, pump, run=Run(on_error="skip"))
    assert [item.clip for item in inference.skipped] == [clips[1]]
    assert inference.clips == (clips[0], *clips[2:])
    assert len(inference.scores) == len(clips) - 1


def test_a_run_that_stops_at_a_bad_clip_names_it(clips, fitted, pump):
    with pytest.raises(DataError, match="silent") as stopped:
        infer(with_silence(clips), fitted, pump, run=Run(on_error="fail"))
    assert str(clips[1].path) in str(stopped.value)


def test_clips_that_all_cannot_be_used_have_no_scores(clips, fitted, pump):
    inference = infer(with_silence(clips)[1:2], fitted, pump, run=Run(on_error="skip"))
    assert (inference.clips, inference.scores) == ((), ())


def test_a_model_whose_file_is_not_there_is_named(clips, fitted, pump, tmp_path):
    models = shutil.copytree(fitted, tmp_path / "models")
    (models / pump.file_name).unlink()
    with pytest.raises(ArtifactError, match=pump.file_name):
        infer(clips, models, pump, run=Run())


def test_a_model_that_was_fitted_again_since_its_manifest_was_read_is_no_damage(
    clips, fitted, pump, tmp_path
):
    models = shutil.copytree(fitted, tmp_path / "models")
    shutil.copyfile(models / "fan_section_00.joblib", models / pump.file_name)
    with pytest.raises(ArtifactError, match="fitted again meanwhile: try again"):
        infer(clips, models, pump, run=Run())
