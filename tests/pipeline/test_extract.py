import hashlib
import json
import shutil

import numpy as np
import pytest

from dcase_classic.config import AudioConfig, load_preset
from dcase_classic.io.feature_store import identify
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.pipeline import extract as extraction
from dcase_classic.pipeline.clip_features import Intake
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.score import score
from dcase_classic.records import Clip, RawFormat, Split
from dcase_classic.run import Run
from dcase_classic.sound.front_end import FrontEnd


def turned_within(places):
    """The position that each takes over from, in turn among those of equal places."""
    order = list(range(len(places)))
    for place in set(places):
        members = [position for position in order if places[position] == place]
        for member, other in zip(members, members[-1:] + members[:-1], strict=True):
            order[member] = other
    return order


def turn(cache, files):
    """Give what is kept of every file to the one before it in its pack, and its sound too.

    A file that a part was taken of changes with another one whose part lay at the same place.
    """
    for pack in cache.rglob("*.pack"):
        header, rest = pack.read_bytes().split(b"\n", 1)
        entries = json.loads(header)
        names = [[entry[key] for key in ("name", "stamp", "digest")] for entry in entries]
        order = turned_within([entry["place"] for entry in entries])
        turned = [
            entry | dict(zip(("name", "stamp", "digest"), names[other], strict=True))
            for entry, other in zip(entries, order, strict=True)
        ]
        content = json.dumps(turned).encode() + b"\n" + rest
        n_header = -(-(content.index(b"\n") + 1) // 64) * 64
        pack.write_bytes(content)
        pack.rename(pack.with_stem(hashlib.sha256(content[:n_header]).hexdigest()[:32]))
        (folder,) = {path.parent for path in files if identify(path).digest == names[0][2]}
        sounds = [(folder / name).read_bytes() for name, *_ in names]
        for position, other in enumerate(order):
            (folder / names[other][0]).write_bytes(sounds[position])


@pytest.mark.uncounted
def test_fit_and_score_take_what_is_kept_and_decode_nothing_again(own_data, tmp_path):
    kept = Run(cache=tmp_path / "cache")
    heard = shutil.copytree(own_data, tmp_path / "heard")

    def results(data, name, run):
        fit(data, tmp_path / name, load_preset("knn"), run=run)
        score(data, tmp_path / name, tmp_path / name, run=run)
        paths = sorted(path for path in (tmp_path / name).rglob("*.csv"))
        return [path.read_bytes() for path in paths]

    first = results(own_data, "first", kept)
    turn(tmp_path / "cache", sorted(heard.rglob("*.wav")))
    again = results(own_data, "again", kept)
    assert again == results(heard, "decoded", Run())
    assert again != first


@pytest.mark.uncounted
def test_without_a_cache_the_results_are_the_same_and_nothing_is_kept(run, own_data, tmp_path):
    fan = own_data / "fan"
    for name, options in (("with", ()), ("without", ("--no-cache",))):
        models = ("--models", tmp_path / name / "models", *options)
        assert run("fit", fan, *models)[0] == 0
        assert run("score", fan, *models, "--output", tmp_path / name / "out")[0] == 0
        n_clips = len(list(fan.rglob("*.wav")))
        assert f"clips   {n_clips if name == 'with' else 0} " in run("cache", "info")[1]
        assert f"removed the features of {n_clips if name == 'with' else 0}" in run(
            "cache", "clear"
        )[1]  # fmt: skip
    first, second = (sorted((tmp_path / name).rglob("*.csv")) for name in ("with", "without"))
    assert len(first) == 2
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_samples_without_header_are_read_again_as_they_are_said_to_be(tmp_path):
    path = tmp_path / "clip.raw"
    path.write_bytes((1000 * np.sin(np.arange(64000))).astype("<i2").tobytes())
    front_end = FrontEnd(
        audio=AudioConfig(), features=MachineFitter.from_config(load_preset("knn")).features
    )
    n_rows = []
    for n_channels in (1, 2):
        raw = RawFormat(sample_rate_hz=16000, subtype="PCM_16", n_channels=n_channels)
        clip = Clip(path=path, machine_type="pump", section="00", split=Split.TEST, raw=raw)
        run = Run(cache=tmp_path / "cache", n_jobs=1)
        intake = Intake(front_end=front_end)
        tables = extraction.extract([clip], intake, run=run, description="").tables
        n_rows.append(len(next(iter(tables.values())).clip_index))
    assert n_rows == [4, 2]
