"""What a fuzzer drives: every reader of files that others made, and files to start from.

A reader ends in a value or in the package's own error; anything else is a finding. Seeds are made
here and not kept.
"""

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import soundfile
import writing

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.challenge.result_names import parse_result_name
from dcase_classic.config import load_config, load_preset, preset_names
from dcase_classic.errors import DataError, DcaseClassicError
from dcase_classic.io import feature_store, manifest, zip_files
from dcase_classic.io.model_entry import ModelEntry
from dcase_classic.io.plain_bytes import write_plain
from dcase_classic.io.plain_file import load_plain
from dcase_classic.io.recordings.attributes import read_attributes
from dcase_classic.io.recordings.audio import decode, in_full_scale
from dcase_classic.io.recordings.decoding import decode_scaled
from dcase_classic.io.recordings.inspect import inspect_header
from dcase_classic.io.recordings.own_clips import read_clip_list
from dcase_classic.io.recordings.prepared import INDEX, prepared_clips
from dcase_classic.io.recordings.riff import read_pcm16
from dcase_classic.io.results.meta_yaml import check_meta
from dcase_classic.io.results.metrics_file import read_machine_means
from dcase_classic.io.results.result_table import read_table
from dcase_classic.io.results.truth_sources import truth_sources
from dcase_classic.io.training_files import UNKNOWN_FILES
from dcase_classic.model.machine import MachineFitter
from dcase_classic.outcomes import DomainAlarms
from dcase_classic.records import Split
from dcase_classic.sound.clip_format import ClipFormat

RATE_HZ = 16000
LIMITS = zip_files.UnpackLimits(max_members=20, max_bytes=10**6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A reader.

    Attributes
    ----------
    file_name : of what it reads.
    read : the reader, of the path of that file.
    covers : the module whose lines it should reach, below the package.
    seeds : makes files to start from.
    """

    file_name: str
    read: Callable[[Path], object]
    covers: str
    seeds: Callable[[Path], list[bytes]]

    def try_bytes(self, content: bytes, folder: Path) -> None:
        """Read the content as a file in the folder; short errors of the package's own are fine."""
        path = folder / self.file_name
        path.write_bytes(content)
        try:
            self.read(path)
        except DcaseClassicError as error:
            message = str(error)
            if len(message.splitlines()) > 10 or len(message) > 30_000:
                raise AssertionError("a message without end") from error


def _settings_seeds(_):
    from importlib import resources

    folder = resources.files("dcase_classic") / "presets"
    small = b"""seed = 1
[[views]]
name = "a"
features = [{ kind = "gwrp", r = [1.0, 0.5] }]
detector = "knn"
"""
    return [small, *((folder / f"{name}.toml").read_bytes() for name in preset_names())]


def _meta_seeds(folder):
    texts = [writing.write_meta(folder / "m.yaml", year).read_bytes() for year in (2020, 2025)]
    return [*texts, b"submission: {label: 0x1F, authors: [&a {d: 2001-01-01, i: 1:30}, *a]}\n"]


def _list_seeds(_):
    return [
        b"path,machine_type,section,domain,label,split\na.wav,fan,00,source,normal,train\n",
        b'path\n"b, c.wav"\n../x.wav\n',
    ]


def _index_seeds(folder):
    from dcase_classic.io.recordings.prepared import SegmentRow, write_index

    row = SegmentRow(
        machine_type="fan", section="00", split="train", index=0, segment_id=0, start_sample=0,
        n_samples=16000, sample_rate_hz=16000, domain="source", label="normal", attributes="",
        name="section_00_source_train_normal_0000.wav", source="a.wav", source_bytes=1,
        source_mtime_ns=1, segment_sha256="0" * 64, spectrogram_sha256="0" * 64,
    )  # fmt: skip
    segment = row.segment_path(folder)
    segment.parent.mkdir(parents=True, exist_ok=True)
    segment.touch()
    write_index(folder, "fan", "train", [row])
    return [(folder / INDEX).read_bytes()]


def _zip_seeds(_):
    seeds = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", kind) as archive:
            archive.writestr("fan/train/a.wav", b"one" * 20)
            archive.writestr("fan/ü.csv", b"two")
        seeds.append(stream.getvalue())
    return seeds


def _sound(container, subtype, n_channels=1, n_samples=400):
    stream = io.BytesIO()
    samples = np.random.default_rng(0).uniform(-0.3, 0.3, (n_samples, n_channels))
    soundfile.write(stream, samples, RATE_HZ, format=container, subtype=subtype)
    return stream.getvalue()


def _wav_seeds(_):
    plain = _sound("WAV", "PCM_16")
    streamed = bytearray(plain)
    struct.pack_into("<I", streamed, 40, 0xFFFFFFFF)
    others = [("PCM_U8", 1), ("PCM_24", 2), ("FLOAT", 1), ("IMA_ADPCM", 1), ("GSM610", 1)]
    empty = plain[:40] + bytes(4)
    return [plain, bytes(streamed), empty, *(_sound("WAV", kind, n) for kind, n in others)]


def _sound_seeds(_):
    kinds = {
        "FLAC": "PCM_16", "AIFF": "PCM_16", "AU": "FLOAT", "W64": "PCM_24", "CAF": "PCM_16",
        "RF64": "PCM_16", "OGG": "VORBIS", "MP3": "MPEG_LAYER_III",
    }  # fmt: skip
    return [_sound(container, subtype) for container, subtype in kinds.items()]


def _name_seeds(_):
    names = ("section_00_source_train_normal_0001_vel_3.0.wav", "section_03_0000.wav",
             "anomaly_id_00_00000001.wav", "section_01_target_test_0002.flac",
             "anomaly_score_fan_section_00_target_test.csv", "a\n.wav")  # fmt: skip
    return [name.encode() for name in names]


def _pack_seeds(folder):
    clips = [
        feature_store.ClipFeatures(
            path=folder / f"{number}.wav",
            rows=(np.full((2, 3), number, np.float32), np.ones((1, 2), np.float32)),
            format=ClipFormat(
                sample_rate_hz=RATE_HZ, n_channels=1, coding="PCM_16", n_samples=16000
            ),
            flags=("clipped",),
            level_db=-20.0,
            identity=feature_store.FileIdentity(stamp="1 2 3 4", digest="0" * 64),
        )
        for number in range(2)
    ]
    feature_store._write_pack(folder, clips)
    return [path.read_bytes() for path in folder.glob("*.pack")]


def _score_seeds(_):
    names = writing.hidden_names(n_clips=4)
    return ["".join(f"{name},{0.5 * number}\n" for number, name in enumerate(names)).encode(),
            "\ufeffa.wav, 1\r\nb.wav,nan\r\n\r\nc,1_0\tx".encode()]  # fmt: skip


def _truth_seeds(folder):
    path = writing.write_list(folder / "eval_data_list.csv", n_clips=4)
    return [path.read_bytes(), b"fan\na.wav,normal_id_00_00000001.wav,0\n"]


def _attribute_seeds(_):
    name = b"section_00_source_train_normal_0000.wav"
    rows = b"file_name,d1p,d1v,d2p,d2v\nfan/train/%s,vel,3,mic,1\n" % name
    return [rows, rows.replace(b"\n", b"\r\n") + b'"section_00_0001",a,"b, c",,\n']


def _metrics_seeds(_):
    machine = {
        "machine_type": "fan",
        "arithmetic_mean": {"auc": 0.5},
        "harmonic_mean": {"auc": None},
    }
    return [json.dumps({"machines": [machine]}).encode()]


def _manifest_seeds(folder):
    (folder / "fan_section_00.joblib").write_bytes(b"x")
    entry = ModelEntry(
        machine_type="fan",
        section="00",
        sha256=hashlib.sha256(b"x").hexdigest(),
        n_bytes=1,
        config=load_preset("knn"),
        training_digest="0" * 64,
        training=UNKNOWN_FILES,
        recordings=ClipFormat(
            sample_rate_hz=RATE_HZ, n_channels=1, coding="PCM_16", n_samples=16000
        ),
        threshold=1.5,
        peakiness=0.5,
        group_weights={"all": 1.0},
        held_out=(DomainAlarms(domain=None, n_clips=10, n_alarms=1),),
        misfits=(),
        siblings=("pump section 00",),
        session_source="",
        is_for_new_sessions=False,
        schema=manifest.SCHEMA,
        versions={"python": "3"},
        revision=0,
        date="2026-11-26T07:00:00Z",
        action="fitted",
        history=(),
        n_clips=10,
        clips_sha256="",
        foreign=(),
    )
    entry = replace(entry, history=(entry.step(),), revision=1)
    (folder / entry.file_name).write_bytes(b"x")
    manifest.add_entry(folder, entry)
    return [(folder / manifest.MANIFEST).read_bytes()]


def _model_seeds(_):
    arrays = {"a": np.eye(3, dtype="<f4"), "b": np.arange(4), "c": np.ones((2, 1, 2))}
    trees = ({"x": [1, -1, 2.5, None, True, "ü" * 300], "y": {"z": []}}, arrays, {})
    streams = [io.BytesIO() for _ in trees]
    for tree, stream in zip(trees, streams, strict=True):
        write_plain(tree, stream)
    return [stream.getvalue() for stream in streams]


def _read_settings(path):
    MachineFitter.from_config(load_config(path))


def _read_names(path):
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    parse_name(text)
    parse_result_name(text)


def _read_pack(path):
    """As a pack that was written whole: under the name that its first line gives it."""
    content = path.read_bytes()
    start = content.find(b"\n") + 1
    start += -start % feature_store._ALIGNMENT
    renamed = path.with_name(f"{sha256(content[:start]).hexdigest()[:32]}.pack")
    path.rename(renamed)
    try:
        list(feature_store._read_pack(renamed))
    finally:
        renamed.unlink()


def _read_score_file(path):
    read_table(path)
    read_table(path, is_decision=True)


def _read_wav(path):
    """The two readers of wav files agree about every file."""
    plain = read_pcm16(path)
    try:
        samples = decode_scaled(path)[0]
    except DataError:
        assert plain is None, "one reader takes what the other refuses"
        raise
    if plain is not None:
        np.testing.assert_array_equal(in_full_scale(plain[0]), samples)
    inspect_header(path)


def _read_sound(path):
    inspect_header(path)
    decode(path)


def _unpack(path):
    """Nothing is written beside the folder."""
    before = set(path.parent.iterdir())
    zip_files.unpack(path, path.parent / "raw", LIMITS)
    assert set(path.parent.iterdir()) <= before | {path.parent / "raw"}


TARGETS = {
    "settings": Target(
        file_name="s.toml", read=_read_settings, covers="config.py", seeds=_settings_seeds
    ),
    "meta": Target(
        file_name="m.yaml",
        read=lambda path: check_meta(path, 2025),
        covers="io/results/meta_yaml.py",
        seeds=_meta_seeds,
    ),
    "own list": Target(
        file_name="list.csv",
        read=lambda path: read_clip_list(path, split=Split.TEST),
        covers="io/recordings/own_clips.py",
        seeds=_list_seeds,
    ),
    "prepared index": Target(
        file_name=INDEX,
        read=lambda path: prepared_clips(path.parent),
        covers="io/recordings/prepared.py",
        seeds=_index_seeds,
    ),
    "zip": Target(file_name="a.zip", read=_unpack, covers="io/zip_files.py", seeds=_zip_seeds),
    "wav": Target(
        file_name="a.wav", read=_read_wav, covers="io/recordings/wav_layout.py", seeds=_wav_seeds
    ),
    "sound": Target(
        file_name="a.flac", read=_read_sound, covers="io/recordings/decoders.py", seeds=_sound_seeds
    ),
    "clip name": Target(
        file_name="name", read=_read_names, covers="challenge/clip_names.py", seeds=_name_seeds
    ),
    "manifest": Target(
        file_name=manifest.MANIFEST,
        read=lambda path: manifest.read_manifest(path.parent),
        covers="io/manifest.py",
        seeds=_manifest_seeds,
    ),
    "model": Target(
        file_name="m.joblib", read=load_plain, covers="io/plain_reader.py", seeds=_model_seeds
    ),
    "cache pack": Target(
        file_name="a.pack", read=_read_pack, covers="io/feature_store.py", seeds=_pack_seeds
    ),
    "score file": Target(
        file_name="s.csv",
        read=_read_score_file,
        covers="io/results/result_table.py",
        seeds=_score_seeds,
    ),
    "truth": Target(
        file_name="eval_data_list.csv",
        read=lambda path: list(truth_sources(path)),
        covers="io/results/truth_sources.py",
        seeds=_truth_seeds,
    ),
    "attributes": Target(
        file_name="attributes_00.csv",
        read=read_attributes,
        covers="io/recordings/attributes.py",
        seeds=_attribute_seeds,
    ),
    "metrics": Target(
        file_name="metrics.json",
        read=read_machine_means,
        covers="io/results/metrics_file.py",
        seeds=_metrics_seeds,
    ),
}
