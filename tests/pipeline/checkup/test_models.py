import shutil
from dataclasses import replace

import pytest

from dcase_classic.errors import ArtifactError
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.recordings.inspect import inspect_header
from dcase_classic.pipeline.checkup.models import model_findings
from dcase_classic.records import Split


@pytest.fixture
def models(fitted, tmp_path):
    return shutil.copytree(fitted, tmp_path / "models")


@pytest.fixture(scope="module")
def inspected(data):
    clips = find_clips(data, split=Split.TEST, machines=["pump"])
    return [(clip, inspect_header(clip.path)) for clip in clips]


@pytest.mark.uncounted
def test_clips_that_fit_their_model_are_no_finding(inspected, models):
    assert list(model_findings(inspected, models)) == []


def test_a_test_section_without_model_is_an_error(inspected, models):
    strange = [(replace(clip, section="05"), seen) for clip, seen in inspected]
    (finding,) = model_findings(strange, models)
    assert (finding.path, finding.problem) == (models, "no model of pump section 05")


def test_a_damaged_model_is_named(inspected, models):
    (path,) = models.glob("pump_section_00.joblib")
    path.write_bytes(b"")
    (finding,) = model_findings(inspected, models)
    assert (finding.path, finding.kind) == (path, "model")


def test_a_clip_unlike_the_training_clips_of_its_model_is_named(inspected, models):
    (clip, seen), *rest = inspected
    stereo = replace(seen, format=replace(seen.format, n_channels=2))
    (finding,) = model_findings([(clip, stereo), *rest], models)
    assert (finding.path, finding.kind) == (clip.path, "format")


def test_a_clip_that_cannot_be_read_is_no_finding_of_its_model(inspected, models):
    (clip, seen), *_ = inspected
    gone = [(replace(clip, path=clip.path.with_name("gone.wav")), seen)]
    assert list(model_findings(gone, models)) == []


def test_a_folder_without_models_is_refused(inspected, tmp_path):
    with pytest.raises(ArtifactError):
        list(model_findings(inspected, tmp_path))
