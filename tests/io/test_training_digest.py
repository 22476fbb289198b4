import os

import numpy as np
import pytest
from conftest import write_wav

from dcase_classic.config import load_preset
from dcase_classic.errors import ArtifactError
from dcase_classic.io.feature_store import FeatureStore
from dcase_classic.io.training_digest import digest_clips
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.pipeline.clip_features import Intake
from dcase_classic.pipeline.extract import extract
from dcase_classic.pipeline.fit import fit
from dcase_classic.records import Clip, Split
from dcase_classic.run import Run
from dcase_classic.sound.front_end import FrontEnd


@pytest.fixture
def clips(tmp_path):
    rng = np.random.default_rng(0)
    paths = [
        write_wav(tmp_path / "fan" / f"{number}.wav", rng.normal(size=16000) * 0.1)
        for number in range(3)
    ]
    return [Clip(path=path, machine_type="fan", section="00", split=Split.TRAIN) for path in paths]


def test_other_content_of_equal_name_and_size_is_noticed(clips):
    before = digest_clips(clips, None)
    assert digest_clips(clips, None) == before
    content = bytearray(clips[1].path.read_bytes())
    content[-1] ^= 1
    clips[1].path.write_bytes(content)
    assert digest_clips(clips, None) != before


def test_names_and_order_are_part_of_it(clips):
    before = digest_clips(clips, None)
    assert digest_clips(clips[::-1], None) != before
    clips[0].path.rename(clips[0].path.with_name("9.wav"))
    renamed = [clips[0].path.with_name("9.wav"), *(clip.path for clip in clips[1:])]
    others = [
        Clip(path=path, machine_type="fan", section="00", split=Split.TRAIN) for path in renamed
    ]
    assert digest_clips(others, None) != before


def test_a_clip_that_cannot_be_read_has_a_digest_too(clips):
    before = digest_clips(clips, None)
    clips[0].path.unlink()
    clips[0].path.symlink_to(clips[0].path)
    assert digest_clips(clips, None) != before


@pytest.mark.uncounted
def test_what_the_cache_knows_is_not_read_again(clips, tmp_path, monkeypatch):
    # files that were written just now are known at a glance, as if that were long ago
    monkeypatch.setattr("dcase_classic.io.feature_store._UNSETTLED_NS", 0)
    config = load_preset("knn")
    front_end = FrontEnd(audio=config.audio, features=MachineFitter.from_config(config).features)
    extract(clips, Intake(front_end=front_end), run=Run(cache=tmp_path / "cache"), description="")
    store = FeatureStore(tmp_path / "cache", repr(front_end))
    assert set(store.digests([clip.path for clip in clips])) == {clip.path for clip in clips}
    assert digest_clips(clips, store) == digest_clips(clips, None)
    content = bytearray(clips[1].path.read_bytes())
    content[-1] ^= 1
    times = clips[1].path.stat()
    clips[1].path.write_bytes(content)
    os.utime(clips[1].path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert clips[1].path not in store.digests([clip.path for clip in clips])
    assert digest_clips(clips, store) == digest_clips(clips, None)


@pytest.mark.uncounted
@pytest.mark.parametrize("has_cache", [False, True])
def test_a_model_of_clips_that_were_replaced_since_is_not_kept(own_data, tmp_path, has_cache):
    run = Run(cache=tmp_path / "cache" if has_cache else None)
    config = load_preset("knn")
    fit(own_data, tmp_path / "models", config, run=run)
    assert not any(model.is_new for model in fit(own_data, tmp_path / "models", config, run=run))
    for path in (own_data / "fan" / "train").iterdir():
        content = path.read_bytes()
        path.write_bytes(content[:44] + content[:43:-1])
    with pytest.raises(ArtifactError, match="fan section 00 .* other settings or clips"):
        fit(own_data, tmp_path / "models", config, run=run)
