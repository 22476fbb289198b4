"""Files to start from in fuzzing: made here and not kept, one function for each kind.

Each gets a folder, where it may put what the file speaks of.
"""

import hashlib
import io
import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import writing
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from made_outcomes import explained_prediction

from dcase_classic.alarms.messages import AlarmMessage
from dcase_classic.alarms.operating import HeardWindow
from dcase_classic.alarms.settings import AlarmSettings
from dcase_classic.alarms.tracker import TrackerState, follow
from dcase_classic.config import load_preset, preset_names
from dcase_classic.config.specs import Spec, to_plain
from dcase_classic.io import feature_packs, manifest
from dcase_classic.io.journal import Entry, HeardSoFar, Journal
from dcase_classic.io.learned_clips import LearnedClip, LearnedClips
from dcase_classic.io.model_entry import ADDED, FITTED, RECALIBRATED, ModelEntry
from dcase_classic.io.plain_bytes import write_plain
from dcase_classic.io.plain_text import to_json
from dcase_classic.io.recordings.prepared import INDEX
from dcase_classic.io.results.run_file import RUN_FILE, RunSection, enter_run
from dcase_classic.io.signatures import write_signature
from dcase_classic.io.training_files import TrainingFiles
from dcase_classic.model.foreign_parts import ForeignPart
from dcase_classic.model.length_scale import LengthRange, LengthScale
from dcase_classic.model.level_guard import LevelGuard
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.model_tree import give_model
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.outcomes.training import DomainAlarms, Misfit
from dcase_classic.records import Clip, Domain, RawFormat, Split
from dcase_classic.report.predictions import predictions_rows
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.sound.portrait import Portrait

RATE_HZ = 16000
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def settings_seeds(_):
    from importlib import resources

    folder = resources.files("dcase_classic") / "presets"
    small = b"""seed = 1
[[views]]
name = "a"
features = [{ kind = "gwrp", r = [1.0, 0.5] }]
detector = "knn"
"""
    return [small, *((folder / f"{name}.toml").read_bytes() for name in preset_names())]


def meta_seeds(folder):
    texts = [writing.write_meta(folder / "m.yaml", year).read_bytes() for year in (2020, 2025)]
    return [*texts, b"submission: {label: 0x1F, authors: [&a {d: 2001-01-01, i: 1:30}, *a]}\n"]


def list_seeds(_):
    return [
        b"path,machine_type,section,domain,label,split\na.wav,fan,00,source,normal,train\n",
        b'path\n"b, c.wav"\n../x.wav\n',
    ]


def index_seeds(folder):
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


def zip_seeds(_):
    seeds = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", kind) as archive:
            archive.writestr("fan/train/a.wav", b"one" * 20)
            archive.writestr("fan/ü.csv", b"two")
        seeds.append(stream.getvalue())
    return seeds


def name_seeds(_):
    names = ("section_00_source_train_normal_0001_vel_3.0.wav", "section_03_0000.wav",
             "anomaly_id_00_00000001.wav", "section_01_target_test_0002.flac",
             "anomaly_score_fan_section_00_target_test.csv", "a\n.wav")  # fmt: skip
    return [name.encode() for name in names]


def pack_seeds(folder):
    clips = [
        feature_packs.ClipFeatures(
            path=folder / f"{number}.wav",
            rows=(np.full((2, 3), number, np.float32), np.ones((1, 2), np.float32)),
            part_rows=(np.ones((1, 3), np.float32),) * number,
            place=0.5 if number else None,
            format=ClipFormat(
                sample_rate_hz=RATE_HZ, n_channels=1, coding="PCM_16", n_samples=16000
            ),
            flags=("clipped",),
            level_db=-20.0,
            identity=feature_packs.FileIdentity(stamp="1 2 3 4", digest="0" * 64),
        )
        for number in range(2)
    ]
    feature_packs.write_pack(folder, clips)
    return [path.read_bytes() for path in folder.glob("*.pack")]


def score_seeds(_):
    names = writing.hidden_names(n_clips=4)
    return ["".join(f"{name},{0.5 * number}\n" for number, name in enumerate(names)).encode(),
            "\ufeffa.wav, 1\r\nb.wav,nan\r\n\r\nc,1_0\tx".encode()]  # fmt: skip


def truth_seeds(folder):
    path = writing.write_list(folder / "eval_data_list.csv", n_clips=4)
    return [path.read_bytes(), b"fan\na.wav,normal_id_00_00000001.wav,0\n"]


def attribute_seeds(_):
    name = b"section_00_source_train_normal_0000.wav"
    rows = b"file_name,d1p,d1v,d2p,d2v\nfan/train/%s,vel,3,mic,1\n" % name
    return [rows, rows.replace(b"\n", b"\r\n") + b'"section_00_0001",a,"b, c",,\n']


def metrics_seeds(_):
    machine = {
        "machine_type": "fan",
        "arithmetic_mean": {"auc": 0.5},
        "harmonic_mean": {"auc": None},
    }
    return [json.dumps({"machines": [machine]}).encode()]


def prediction_seeds(_):
    text = predictions_rows(
        [explained_prediction(), explained_prediction(start_s=1.0, end_s=3.0)], "json"
    )
    return [text.encode(), *(json.dumps(row).encode() for row in json.loads(text))]


@cache
def manifest_entry():
    """What a manifest says of a model that was fitted, and then changed twice."""
    entry = ModelEntry(
        machine_type="fan",
        section="00",
        sha256=hashlib.sha256(b"x").hexdigest(),
        n_bytes=1,
        config=load_preset("knn"),
        training_digest="0" * 64,
        training=TrainingFiles(folder="/data", files=("a.wav", "below/b.wav")),
        recordings=ClipFormat(
            sample_rate_hz=RATE_HZ, n_channels=1, coding="PCM_16", n_samples=16000
        ),
        threshold=1.5,
        peakiness=0.5,
        group_weights={"all": 1.0},
        held_out=(DomainAlarms(domain=Domain.SOURCE, n_clips=10, n_alarms=1, n_sessions=2),),
        misfits=(Misfit(name="a.wav", rank=1, excess=1.5, is_named=True, is_dropped=False),),
        siblings=("pump section 00",),
        session_source="the folders",
        is_for_new_sessions=False,
        schema=manifest.SCHEMA,
        versions={"python": "3"},
        revision=0,
        date="2026-11-26T07:00:00Z",
        action=FITTED,
        history=(),
        n_clips=10,
        clips_sha256="",
        foreign=(ForeignPart(registry="detectors", name="x", distribution="y", version="1"),),
    )
    for number, action in enumerate((ADDED, RECALIBRATED), 1):
        before = (*entry.history, entry.step())
        entry = replace(entry, history=before, revision=number, action=action)
    return entry


def manifest_seeds(folder):
    entry = manifest_entry()
    (folder / entry.file_name).write_bytes(b"x")
    manifest.add_entry(folder, entry)
    content = (folder / manifest.MANIFEST).read_bytes()
    return [content, *(_lowered(json.loads(content), schema) for schema in (6, 5))]


def _lowered(table, schema):
    """A manifest as an earlier schema has it."""
    later = {"revision", "date", "action", "history", "n_clips", "clips_sha256", "foreign"}
    later |= {"schema", "versions"} | ({"training"} if schema == 5 else set())
    (entry,) = table["models"].values()
    models = {"fan_section_00.joblib": {key: entry[key] for key in entry if key not in later}}
    lowered = {"schema": schema, "versions": table["versions"], "models": models}
    return json.dumps(lowered).encode()


def learned_seeds(_):
    names = ("section_00_source_train_normal_0000.wav", "a.wav")
    clips = [
        Clip(path=Path("/data") / name, machine_type="fan", section="00", split=Split.TRAIN)
        for name in names
    ]
    raw = RawFormat(sample_rate_hz=RATE_HZ, subtype="PCM_16")
    clips[1] = replace(clips[1], parts=(clips[1].path, clips[0].path), raw=raw, session="monday")
    learned = [LearnedClip.from_clip(clip, ("0" * 64,) * len(clip.files)) for clip in clips]
    return [to_json(to_plain(LearnedClips(clips=tuple(learned), contrast=()))).encode()]


def run_seeds(folder):
    config = load_preset("knn")
    section = RunSection(
        machine_type="fan", section="00", date="2026-11-26T07:00:00Z", models="models",
        model_sha256="0" * 64, model_date="", threshold=1.5, settings=config.fingerprint,
        n_clips=3, n_skipped=1, data_sha256="0" * 64,
    )  # fmt: skip
    enter_run(folder, section, config, command="dcase-classic score")
    return [(folder / RUN_FILE).read_bytes()]


def alarm_settings_seeds(_):
    rules = b"hold_off_s = 60\nsevere = { level = 200.0, seconds = 2, within_s = 3.5 }\n"
    return [rules + b"[limit]\nis_frozen = true\nstep = 0.5\n[operating]\noff_below_db = -80.0\n"]


def journal_seeds(folder):
    """States with an open incident and a message that waits, in pages as small as they can be."""
    heard = [
        HeardWindow(begin_s=second, end_s=second + 1, new_s=1, severity=300.0, level_db=-20.0)
        for second in range(40)
    ]
    state, messages = TrackerState(), []
    for window in heard:
        step = follow(state, window, AlarmSettings())
        state = step.state
        messages += [AlarmMessage.from_event(event, "fan", "00") for event in step.events]
    path = folder / "state"
    path.unlink(missing_ok=True)
    journal = Journal(path, ("lines",), complain=print)
    positions = {"\na.wav": HeardSoFar(n_windows=3), "\nb.wav": HeardSoFar(is_done=True)}
    journal.write(Entry(states={"fan": state}, positions=positions, messages=tuple(messages)))
    journal.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in ("journal_mode = DELETE", "page_size = 512"):
            connection.execute(f"PRAGMA {statement}")
        connection.execute("VACUUM")
    return [path.read_bytes()]


def public_key_seeds(_):
    key = SIGNING_KEY.public_key()
    forms = serialization.PublicFormat
    return [
        key.public_bytes(serialization.Encoding.PEM, forms.SubjectPublicKeyInfo),
        key.public_bytes(serialization.Encoding.OpenSSH, forms.OpenSSH),
    ]


def private_key_seeds(_):
    locks = (serialization.NoEncryption(), serialization.BestAvailableEncryption(b"x"))
    forms = (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.OpenSSH)
    return [
        SIGNING_KEY.private_bytes(serialization.Encoding.PEM, form, lock)
        for form in forms
        for lock in locks[: 1 + (form is forms[0])]
    ]


def signature_seeds(folder):
    (folder / "key").write_bytes(public_key_seeds(folder)[0])
    signature = write_signature(folder / manifest.MANIFEST, b"{}", SIGNING_KEY)
    return [signature.read_bytes()]


def record_seeds(_):
    files = [{"key": "dev_fan.zip", "size": 17, "checksum": f"md5:{'0' * 32}"}]
    table = {"metadata": {"license": {"id": "cc-by-4.0"}}, "files": files}
    return [json.dumps(table).encode()]


def clip_list_seeds(_):
    skipped = b'path,reason,machine_type,section\n"a,b.wav",silent,fan,00\nc.wav,damaged,fan,01\n'
    columns = b"name,anomaly_score,threshold,severity,p_value,p_value_is_extrapolated,decision\n"
    return [skipped, columns + b"a.wav,1.5,2.0,80.0,0.25,False,0\n"]


@cache
def fitted_models():
    """Settings and the model of some made-up rows, for each kind of detector."""
    rng = np.random.default_rng(0)
    index = np.repeat(np.arange(12), 3)
    rows = FeatureTable(X=rng.normal(size=(36, 4)).astype(np.float32), clip_index=index)
    frames = np.exp(rng.normal(size=(12, 8, 31))).astype(np.float32)
    portraits = FeatureTable(X=Portrait().extract(frames), clip_index=np.arange(12))
    domains = [Domain.SOURCE] * 8 + [Domain.TARGET] * 4
    models = {}
    for preset, options in {"knn": (), "gmm": (), "iforest": (("n_estimators", 3),)}.items():
        config = load_preset(preset).at_length(10.0)
        views = [replace(view, detector=Spec(preset, options)) for view in config.views[:1]]
        config = replace(config, views=tuple(views))
        fitter = MachineFitter.from_config(config)
        tables = dict.fromkeys(fitter.features, rows) | {fitter.portrait: portraits}
        model = fitter.fit(tables, domains, sessions=[""] * 12)
        models[preset] = (config, _with_ranges(model, domains))
    return models


def clips_of(X):
    """Three clips of the first rows."""
    return FeatureTable(X=X[:3] + np.float32(1), clip_index=np.arange(3))


def _with_ranges(model, domains):
    """The model with all that may be missing in others."""
    n_clips, n_views = len(domains), len(model.views)
    scores = np.arange(n_clips * n_views, dtype=float).reshape(n_clips, n_views)
    return replace(
        model,
        levels=LevelGuard.fit(np.linspace(-30, -20, n_clips), domains, margin_db=3.0),
        lengths=LengthRange.fit(np.full(n_clips, 10.0)),
        length=LengthScale.fit(scores, 2 * scores),
    )


def model_tree_seeds(_):
    streams = []
    for config, model in fitted_models().values():
        streams.append(io.BytesIO())
        write_plain(give_model(model, config), streams[-1])
    return [stream.getvalue() for stream in streams]


def model_seeds(_):
    arrays = {"a": np.eye(3, dtype="<f4"), "b": np.arange(4), "c": np.ones((2, 1, 2))}
    trees = ({"x": [1, -1, 2.5, None, True, "ü" * 300], "y": {"z": []}}, arrays, {})
    streams = [io.BytesIO() for _ in trees]
    for tree, stream in zip(trees, streams, strict=True):
        write_plain(tree, stream)
    return [stream.getvalue() for stream in streams]
