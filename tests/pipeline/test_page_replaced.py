"""Files that are others than those that a model has learned from are not played as those."""

import numpy as np
import pytest
from conftest import machine_sound, write_wav

from dcase_classic.config import load_preset
from dcase_classic.io.recordings.own_clips import find_own_clips, normal_clips
from dcase_classic.io.training_digest import is_replaced
from dcase_classic.pipeline.explain import explain
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.page import PageSettings, recordings_page
from dcase_classic.pipeline.page_models import models_page
from dcase_classic.pipeline.predict import Inquiry
from dcase_classic.report.page.sounds import SoundCoding

AS_WAV = PageSettings(sound=SoundCoding.WAV)


@pytest.fixture
def learned(tmp_path):
    """The folder of eleven recordings and that of the model that was fitted on them."""
    rng = np.random.default_rng(5)
    for number in range(11):
        write_wav(tmp_path / "clips" / f"{number}.wav", machine_sound(rng))
    clips = normal_clips(find_own_clips(tmp_path / "clips"), "pump")
    fit(clips, tmp_path / "models", load_preset("knn"))
    return tmp_path / "clips", tmp_path / "models"


def test_a_nearest_normal_that_was_replaced_is_said_and_not_played(learned, tmp_path):
    _, models = learned
    path = write_wav(tmp_path / "new.wav", machine_sound(np.random.default_rng(7)))
    inquiry = Inquiry(clips=find_own_clips(path), models=models)
    rows = explain(inquiry)
    nearest = rows[0][0].explanation.nearest_normal.path

    def shown():
        (row,) = recordings_page(inquiry, rows, AS_WAV).recordings
        assert row["audio"] is not None
        return row["nearest"]["problem"], row["nearest"]["audio"] is not None

    assert shown() == ("", True)
    write_wav(nearest, np.sin(np.arange(16000)))
    assert shown() == ("replaced since `fit`", False)
    nearest.unlink()
    assert shown() == ("not there any more", False)
    (listed,) = models.glob("*clips*")
    listed.unlink()
    write_wav(nearest, np.sin(np.arange(16000)))
    assert shown() == ("", True)  # nobody knows


def test_the_page_of_models_names_what_is_gone_or_was_replaced_and_does_not_play_it(learned):
    clips, models = learned
    heard = [row for row in models_page(models, AS_WAV).recordings if row["audio"]]
    replaced, gone = (clips / row["name"] for row in heard[:2])
    write_wav(replaced, np.sin(np.arange(16000)))
    gone.unlink()
    page = models_page(models, AS_WAV)
    rows = {row["name"]: row for row in page.recordings}
    told = {replaced.name: "replaced since `fit`", gone.name: "not there any more"}
    for name, problem in told.items():
        assert rows[name]["problem"] == problem
        assert rows[name]["audio"] is rows[name]["picture"] is None
        assert f"{name} ({problem})" in page.overview
    assert "2 recordings cannot be seen or heard: " in page.overview
    assert sum(row["audio"] is not None for row in page.recordings) == len(heard) - 2


def test_what_cannot_be_read_is_not_said_to_be_replaced(tmp_path):
    assert not is_replaced(tmp_path, "0" * 64)
