"""Packs of the cache that something happened to."""

import os

import numpy as np
import pytest

from dcase_classic.io import feature_packs
from dcase_classic.io.feature_packs import ClipFeatures
from dcase_classic.io.feature_store import FeatureStore, identify
from dcase_classic.sound.clip_format import ClipFormat


def keep(store, paths):
    made = ClipFormat(sample_rate_hz=16000, n_channels=1, coding="PCM_16", n_samples=16000)
    rows = np.random.default_rng(0).normal(size=(len(paths), 3, 4)).astype(np.float32)
    clips = (
        ClipFeatures(
            path=path,
            rows=(table, table[:1]),
            format=made,
            flags=(),
            level_db=-20.0,
            identity=identify(path),
        )
        for path, table in zip(paths, rows, strict=True)
    )
    return list(store.keep(clips))


def pack_of(folder):
    (path,) = folder.rglob("*.pack")
    return path


@pytest.mark.parametrize("n_bit", [0, 7, 8 * 20 + 3])
def test_a_flipped_bit_of_the_rows_makes_the_pack_unknown(tmp_path, clips, n_bit):
    keep(FeatureStore(tmp_path, "a"), clips)
    path = pack_of(tmp_path)
    content = bytearray(path.read_bytes())
    content[-1 - n_bit // 8] ^= 1 << n_bit % 8  # of the rows of the last clip
    path.write_bytes(content)
    assert FeatureStore(tmp_path, "a").read(clips) == {}


def test_a_flipped_bit_of_the_header_makes_the_pack_unknown(tmp_path, clips):
    keep(FeatureStore(tmp_path, "a"), clips)
    path = pack_of(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"n_samples": 16000', b'"n_samples": 16001'))
    assert FeatureStore(tmp_path, "a").read(clips) == {}


@pytest.mark.parametrize(
    "described",
    [b"[" * 100_000, b"{}", b"[{}]", b'[{"name": 1}]', b"[]", b"", b"\0" * 63, b"9" * 5000],
)
def test_a_header_that_says_something_else_makes_the_pack_unknown(tmp_path, described):
    content = described + b"\n"
    content += b"\0" * (-len(content) % 64)
    path = tmp_path / f"{feature_packs._stem(content)}.pack"
    path.write_bytes(content + bytes(16))
    assert list(feature_packs.read_pack(path)) == []
    assert feature_packs.read_header(path) == []


def test_a_pipe_in_the_cache_is_not_waited_for(tmp_path, clips):
    store = FeatureStore(tmp_path, "a")
    keep(store, clips)
    (pack,) = tmp_path.glob("features/*/*/*.pack")
    pack.unlink()
    os.mkfifo(pack)
    assert (store.read(clips), store.digests(clips)) == ({}, {})
