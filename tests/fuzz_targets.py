"""What a fuzzer drives: every reader of files that others made, and files to start from.

A reader ends in a value or in the package's own error; anything else is a finding. Seeds are made
here and not kept.
"""

import io
from base64 import b64decode
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import fuzz_seeds as seeds
import fuzz_sounds
import numpy as np

from dcase_classic.alarms.messages import json_ready
from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.challenge.result_names import parse_result_name
from dcase_classic.config import load_config
from dcase_classic.config.specs import to_plain
from dcase_classic.errors import MAX_SENTENCE, DataError, DcaseClassicError
from dcase_classic.io import feature_packs, manifest, zip_files
from dcase_classic.io.journal import Entry, HeardSoFar, Journal
from dcase_classic.io.learned_clips import read_learned_clips
from dcase_classic.io.listening.samples import decode_samples, read_wav_header
from dcase_classic.io.old_manifests import upgraded_tree
from dcase_classic.io.plain_reader import Limits, parse_plain
from dcase_classic.io.plain_text import to_json
from dcase_classic.io.recordings.attributes import read_attributes
from dcase_classic.io.recordings.audio import decode, in_full_scale
from dcase_classic.io.recordings.decoding import decode_values
from dcase_classic.io.recordings.download import parse_description
from dcase_classic.io.recordings.inspect import inspect_header
from dcase_classic.io.recordings.own_clips import read_clip_list
from dcase_classic.io.recordings.prepared import INDEX, prepared_clips
from dcase_classic.io.recordings.raw_samples import frame_bytes, parse_raw_format
from dcase_classic.io.recordings.riff import read_pcm16
from dcase_classic.io.results import clip_lists
from dcase_classic.io.results.meta_yaml import check_meta
from dcase_classic.io.results.metrics_file import read_metrics
from dcase_classic.io.results.prediction_rows import read_predictions
from dcase_classic.io.results.result_table import read_table
from dcase_classic.io.results.run_file import RUN_FILE, read_run
from dcase_classic.io.results.truth_sources import truth_sources
from dcase_classic.io.signatures import check_signature, read_signing_key, signature_path
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.model_tree import take_model
from dcase_classic.pipeline.listen import alarm_settings
from dcase_classic.records import Split

MOST_LINES = 30  # settings are told all their mistakes at once
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
            lines = str(error).splitlines()
            if len(lines) > MOST_LINES or max(map(len, lines)) > 2 * MAX_SENTENCE:
                raise AssertionError("a message without end") from error


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
    start += -start % feature_packs._ALIGNMENT
    renamed = path.with_name(f"{sha256(content[:start]).hexdigest()[:32]}.pack")
    path.rename(renamed)
    try:
        list(feature_packs.read_pack(renamed))
    finally:
        renamed.unlink()


def _read_score_file(path):
    read_table(path)
    read_table(path, is_decision=True)


def _read_wav(path):
    """The two readers of wav files agree about every file."""
    plain = read_pcm16(path)
    try:
        samples = decode_values(path)[0]
    except DataError:
        assert plain is None, "one reader takes what the other refuses"
        raise
    if plain is not None:
        np.testing.assert_array_equal(in_full_scale(plain[0]), in_full_scale(samples))
    inspect_header(path)


def _read_sound(path):
    inspect_header(path)
    decode(path)


def _read_stream(path):
    """A stream that has what a file has gives the same samples."""
    stream = io.BytesIO(path.read_bytes())
    header = read_wav_header(lambda n_bytes: stream.read(min(n_bytes, 1000)))
    rest = stream.read()
    samples = decode_samples(rest[: len(rest) - len(rest) % frame_bytes(header.raw)], header.raw)
    plain = read_pcm16(path)
    if plain is not None:
        np.testing.assert_array_equal(samples, in_full_scale(plain[0]))


def _read_manifest(path):
    """What was read is written as it was, and every entry is usable."""
    for entry in manifest.read_manifest(path.parent).values():
        if entry.history:
            assert entry.undone().history == entry.history[:-1]
        assert {entry.file_name} <= entry.file_names
        for position in range(len(entry.training.files)):
            entry.training.path(position).exists()
        to_json(to_plain(entry))


def _read_learned(path):
    entry = replace(seeds.manifest_entry(), clips_sha256=sha256(path.read_bytes()).hexdigest())
    learned = read_learned_clips(path.parent, entry)
    assert all(clip.clip.files for clip in learned.clips)


def _read_run(path):
    record = read_run(path.parent)
    if record is not None:
        assert record.title
        to_json(to_plain(record))


def _read_journal(path):
    """A state that is taken can be gone on with, and what waits can be told."""
    said = []
    with closing(Journal(path, ("lines",), complain=said.append)) as journal:
        states = journal.states()
        journal.position("\na.wav")
        while (waiting := journal.next_message("lines")) is not None:
            to_json(json_ready(waiting[1]))
            journal.delivered("lines", waiting[0], waiting[1].id)
        journal.write(Entry(states=states, positions={"\na.wav": HeardSoFar(n_windows=4)}))
        journal.forget_positions([])
    assert not said, said


def _check_public_key(path):
    content = b"{}"
    signed = path.with_name(manifest.MANIFEST)
    signature = signature_path(signed)
    signature.write_text("AAAA")
    check_signature(signed, content, path)


def _check_signature(path):
    check_signature(path.with_suffix(""), b"{}", path.with_name("key"))
    (good,) = seeds.signature_seeds(path.parent)
    assert b64decode(path.read_bytes()) == b64decode(good)


def _read_clip_lists(path):
    """Rows that are not of ours stay; p-values are such."""
    key = ("fan", "00")
    clip_lists.write_clip_lists(path.parent, key, (), ())
    values = path.parent / "fan" / "p_values_fan_section_00.csv"
    values.parent.mkdir(exist_ok=True)
    path.write_bytes(path.read_bytes() if path.exists() else b"")
    path.replace(values)
    known = clip_lists.read_p_values(path.parent, key, {"a.wav": 2.5})
    assert all(0 < value <= 1 for value in known.values())


def _read_tree(path):
    """A model that is taken gives scores that are numbers, or says that it cannot."""
    tree = parse_plain(path.read_bytes(), Limits(), where=path)
    for config, fitted in seeds.fitted_models().values():
        try:
            model = take_model(upgraded_tree(tree, 6), config)
            rows = {view.key.features: fitted.training_rows[view.key] for view in fitted.views}
            tables = {kind: seeds.clips_of(X) for kind, X in rows.items()}
            assert np.isfinite(model.score(tables, np.full(3, 0.5)).anomaly).all()
            model.standing(fitted.held_out_scores)
        except DcaseClassicError:
            continue


def _unpack(path):
    """Nothing is written beside the folder."""
    before = set(path.parent.iterdir())
    zip_files.unpack(path, path.parent / "raw", LIMITS)
    assert set(path.parent.iterdir()) <= before | {path.parent / "raw"}


TARGETS = {
    "settings": Target(
        file_name="s.toml",
        read=_read_settings,
        covers="config/draft.py",
        seeds=seeds.settings_seeds,
    ),
    "meta": Target(
        file_name="m.yaml",
        read=lambda path: check_meta(path, 2025),
        covers="io/results/meta_yaml.py",
        seeds=seeds.meta_seeds,
    ),
    "own list": Target(
        file_name="list.csv",
        read=lambda path: read_clip_list(path, split=Split.TEST),
        covers="io/recordings/own_clips.py",
        seeds=seeds.list_seeds,
    ),
    "prepared index": Target(
        file_name=INDEX,
        read=lambda path: prepared_clips(path.parent),
        covers="io/recordings/prepared.py",
        seeds=seeds.index_seeds,
    ),
    "zip": Target(file_name="a.zip", read=_unpack, covers="io/zip_files.py", seeds=seeds.zip_seeds),
    "wav": Target(
        file_name="a.wav",
        read=_read_wav,
        covers="io/recordings/wav_layout.py",
        seeds=fuzz_sounds.wav_seeds,
    ),
    "sound": Target(
        file_name="a.flac",
        read=_read_sound,
        covers="io/recordings/decoders.py",
        seeds=fuzz_sounds.sound_seeds,
    ),
    **{
        name: Target(
            file_name=f"a.{name}", read=_read_sound, covers=f"io/recordings/{module}.py", seeds=made
        )
        for name, module, made in (
            ("mp3", "mp3_stream", fuzz_sounds.mp3_seeds),
            ("caf", "caf_layout", fuzz_sounds.caf_seeds),
            ("ogg", "ogg_pages", fuzz_sounds.ogg_seeds),
        )
    },
    "clip name": Target(
        file_name="name", read=_read_names, covers="challenge/clip_names.py", seeds=seeds.name_seeds
    ),
    "manifest": Target(
        file_name=manifest.MANIFEST,
        read=_read_manifest,
        covers="io/manifest.py",
        seeds=seeds.manifest_seeds,
    ),
    "model": Target(
        file_name="m.joblib",
        read=lambda path: parse_plain(path.read_bytes(), Limits(), where=path),
        covers="io/plain_reader.py",
        seeds=seeds.model_seeds,
    ),
    "cache pack": Target(
        file_name="a.pack", read=_read_pack, covers="io/feature_packs.py", seeds=seeds.pack_seeds
    ),
    "score file": Target(
        file_name="s.csv",
        read=_read_score_file,
        covers="io/results/result_table.py",
        seeds=seeds.score_seeds,
    ),
    "truth": Target(
        file_name="eval_data_list.csv",
        read=lambda path: list(truth_sources(path)),
        covers="io/results/truth_sources.py",
        seeds=seeds.truth_seeds,
    ),
    "attributes": Target(
        file_name="attributes_00.csv",
        read=read_attributes,
        covers="io/recordings/attributes.py",
        seeds=seeds.attribute_seeds,
    ),
    "metrics": Target(
        file_name="metrics.json",
        read=read_metrics,
        covers="io/results/metrics_file.py",
        seeds=seeds.metrics_seeds,
    ),
    "rows of predict": Target(
        file_name="rows.json",
        read=read_predictions,
        covers="io/results/prediction_rows.py",
        seeds=seeds.prediction_seeds,
    ),
    "raw samples": Target(
        file_name="a.raw",
        read=lambda path: decode(path, raw=parse_raw_format("16000:f32le:1")),
        covers="io/recordings/decoders.py",
        seeds=fuzz_sounds.raw_seeds,
    ),
    "wav stream": Target(
        file_name="a.wav",
        read=_read_stream,
        covers="io/listening/samples.py",
        seeds=fuzz_sounds.wav_seeds,
    ),
    "old manifest": Target(
        file_name=manifest.MANIFEST,
        read=_read_manifest,
        covers="io/old_manifests.py",
        seeds=lambda folder: seeds.manifest_seeds(folder)[1:],
    ),
    "learned clips": Target(
        file_name=seeds.manifest_entry().clips_file_name,
        read=_read_learned,
        covers="io/learned_clips.py",
        seeds=seeds.learned_seeds,
    ),
    "model tree": Target(
        file_name="m.joblib",
        read=_read_tree,
        covers="model/model_tree.py",
        seeds=seeds.model_tree_seeds,
    ),
    "signature": Target(
        file_name=f"{manifest.MANIFEST}.sig",
        read=_check_signature,
        covers="io/signatures.py",
        seeds=seeds.signature_seeds,
    ),
    "public key": Target(
        file_name="public",
        read=_check_public_key,
        covers="io/signatures.py",
        seeds=seeds.public_key_seeds,
    ),
    "private key": Target(
        file_name="private",
        read=read_signing_key,
        covers="io/signatures.py",
        seeds=seeds.private_key_seeds,
    ),
    "run record": Target(
        file_name=RUN_FILE, read=_read_run, covers="io/results/run_file.py", seeds=seeds.run_seeds
    ),
    "clip lists": Target(
        file_name=clip_lists.SKIPPED,
        read=_read_clip_lists,
        covers="io/results/clip_lists.py",
        seeds=seeds.clip_list_seeds,
    ),
    "alarm settings": Target(
        file_name="alarms.toml",
        read=alarm_settings,
        covers="alarms/settings.py",
        seeds=seeds.alarm_settings_seeds,
    ),
    "state of a watch": Target(
        file_name="state", read=_read_journal, covers="io/journal.py", seeds=seeds.journal_seeds
    ),
    "record of a download": Target(
        file_name="record.json",
        read=lambda path: parse_description(path.read_bytes(), "https://example.org"),
        covers="io/recordings/download.py",
        seeds=seeds.record_seeds,
    ),
}
