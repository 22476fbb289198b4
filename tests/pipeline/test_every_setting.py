"""Every setting and every option of a part changes a result, and a wrong one is refused at once."""

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from conftest import write_wav

from dcase_classic.config import Config, OutputConfig
from dcase_classic.config.calibration import CalibrationConfig, MisfitConfig
from dcase_classic.config.recorder import LevelConfig, WindowConfig
from dcase_classic.config.sound import AudioConfig, SpectrumConfig
from dcase_classic.config.specs import option_types
from dcase_classic.config.view import ViewConfig
from dcase_classic.errors import ConfigError
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.results.run_file import RUN_FILE
from dcase_classic.model.parts import PARTS
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.score import score
from dcase_classic.pipeline.settings import resolve_settings
from dcase_classic.run import Run

pytestmark = pytest.mark.uncounted

# few bands: there are a hundred fits
SETTINGS = """
calibration = { n_folds = 3 }
spectrum = { n_mels = 32 }
[[views]]
name = "a"
features = [{ kind = "mfcc", n_mfcc = 6, statistics = ["mean", "std"] }]
detector = "knn"
segment_s = 0.2
segment_hop_s = 0.1

[[views]]
name = "b"
features = [{ kind = "gwrp", r = [1.0, 0.5] }]
detector = "knn"
"""
LIBROSA = ("spectrum.engine=librosa",)
IN_ONE_FAMILY = ("views.a.family=f", "views.b.family=f", "fusion=max")

# Of every setting: what else is set, what changes, and what it must not be.
CHANGES = {
    Config: {
        "views": ((), 'views=[{name="a", features=["mfcc"], detector="knn"}]', "views=[]"),
        "training_s": (
            ("views.a.segment_share=0.2", "views.a.segment_hop_share=0.2"),
            "training_s=0.8",
            "training_s=0",
        ),
        "seed": ((), "seed=1", "seed=x"),
        "audio": ((), "audio={channel=1}", "audio=1"),
        "spectrum": ((), "spectrum={n_mels=40}", "spectrum=1"),
        "calibration": ((), "calibration={n_folds=4}", "calibration=1"),
        "misfits": ((), "misfits={drop=true}", "misfits=1"),
        "level": ((), 'level={out_of_range="refuse"}', "level=1"),
        "windows": ((), "windows={hop_share=0.5}", "windows=1"),
        "fusion": (("views.a.group=other",), "fusion=max", "fusion=maximum"),
        "threshold": ((), "threshold=percentile", "threshold=highest"),
        "output": ((), 'output={tail="{section}"}', "output=1"),
    },
    AudioConfig: {
        "sample_rate_hz": ((), "audio.sample_rate_hz=8000", "audio.sample_rate_hz=10"),
        "channel": ((), "audio.channel=mean", "audio.channel=near"),
    },
    SpectrumConfig: {
        "engine": ((), "spectrum.engine=librosa", "spectrum.engine=slow"),
        "n_fft": ((), "spectrum.n_fft=512", "spectrum.n_fft=8"),
        "hop_samples": ((), "spectrum.hop_samples=256", "spectrum.hop_samples=2000"),
        "n_mels": ((), "spectrum.n_mels=40", "spectrum.n_mels=0"),
        "fmin_hz": ((), "spectrum.fmin_hz=100", "spectrum.fmin_hz=-1"),
        "fmax_hz": ((), "spectrum.fmax_hz=6000", "spectrum.fmax_hz=9000"),
        "highest_hz": ((), "spectrum.highest_hz=6000", "spectrum.highest_hz=0"),
        "amin": ((), "spectrum.amin=0.01", "spectrum.amin=0"),
        "center": (LIBROSA, "spectrum.center=true", "spectrum.center=1"),
        "pad_mode": (
            (*LIBROSA, "spectrum.center=true"),
            "spectrum.pad_mode=reflect",
            "spectrum.pad_mode=wrap",
        ),
        "htk": (LIBROSA, "spectrum.htk=true", "spectrum.htk=1"),
        "norm": (LIBROSA, "spectrum.norm=none", "spectrum.norm=area"),
        "power": (LIBROSA, "spectrum.power=1", "spectrum.power=0"),
        "top_db": (LIBROSA, "spectrum.top_db=20", "spectrum.top_db=0"),
    },
    ViewConfig: {
        "name": ((), "views.a.name=d", "views.a.name=b"),
        "features": ((), 'views.a.features=["mfcc"]', "views.a.features=[]"),
        "detector": ((), "views.a.detector=centre", "views.a.detector=center"),
        "segment_s": ((), "views.a.segment_s=0.3", "views.a.segment_s=0"),
        "segment_hop_s": ((), "views.a.segment_hop_s=0.2", "views.a.segment_hop_s=0"),
        "segment_share": (
            ("views.a.segment_share=0.2", "views.a.segment_hop_share=0.2"),
            "views.a.segment_share=0.3",
            "views.a.segment_share=2",
        ),
        "segment_hop_share": (
            ("views.a.segment_share=0.2", "views.a.segment_hop_share=0.2"),
            "views.a.segment_hop_share=0.1",
            "views.a.segment_hop_share=2",
        ),
        "level": ((), "views.a.level=ignore", "views.a.level=loud"),
        "scaling": ((), "views.a.scaling=none", "views.a.scaling=unit"),
        "domains": ((), "views.a.domains=pooled", "views.a.domains=both"),
        "contrast": (
            ("views.a.scaling=discriminant",),
            "views.a.contrast=sections",
            "views.a.contrast=machines",
        ),
        "n_rows": (("views.a.segment_hop_s=0.02",), "views.a.n_rows=100", "views.a.n_rows=1"),
        "pooling": ((), "views.a.pooling=max", "views.a.pooling=most"),
        "family": (("fusion=max",), "views.a.family=b", "views.a.family=1"),
        "group": (("fusion=max",), "views.a.group=other", "views.a.group=1"),
        "weight": (IN_ONE_FAMILY, "views.a.weight=5", "views.a.weight=0"),
        "spectrum": ((), "views.a.spectrum={n_mels=40}", "views.a.spectrum={n_mels=0}"),
    },
    CalibrationConfig: {
        "n_folds": ((), "calibration.n_folds=4", "calibration.n_folds=1"),
        "sessions": ((), "calibration.sessions=same", "calibration.sessions=old"),
        "false_alarms": ((), "calibration.false_alarms=0.3", "calibration.false_alarms=1"),
        "limit": ((), "calibration.limit=pooled", "calibration.limit=each"),
    },
    MisfitConfig: {
        "drop": ((), "misfits.drop=true", "misfits.drop=1"),
        "largest_share": (
            ("misfits.drop=true",),
            "misfits.largest_share=0",
            "misfits.largest_share=1",
        ),
    },
    LevelConfig: {
        "out_of_range": ((), "level.out_of_range=refuse", "level.out_of_range=shout"),
        "margin_db": ((), "level.margin_db=60", "level.margin_db=-1"),
    },
    WindowConfig: {
        "from_factor": ((), "windows.from_factor=3", "windows.from_factor=1"),
        "hop_share": ((), "windows.hop_share=0.5", "windows.hop_share=0"),
        "are_learned": (("training_s=0.3",), "windows.are_learned=true", "windows.are_learned=1"),
    },
    OutputConfig: {"tail": ((), "output.tail={section}", "output.tail=all")},
}
# Of every option of a part: another value, and a wrong one.
OPTIONS = {
    ("extractors", "logmel_stats", "statistics"): ('["mean", "max"]', '["most"]'),
    ("extractors", "mfcc", "n_mfcc"): ("8", "0"),
    ("extractors", "mfcc", "statistics"): ('["delta_mean"]', "[]"),
    ("extractors", "gwrp", "r"): ("[0.3]", "[2]"),
    ("extractors", "modulation", "n_bands"): ("5", "0"),
    ("extractors", "modulation", "n_rates"): ("3", "0"),
    ("extractors", "modulation", "window_frames"): ("16", "4"),
    ("scalings", "standardise", "shrink"): ("true", "1"),
    ("scalings", "whiten", "n_components"): ("3", "0"),
    ("scalings", "discriminant", "n_components"): ("1", "0"),
    ("detectors", "knn", "n_neighbors"): ("2", "0"),
    ("detectors", "ldn", "n_neighbors"): ("2", "0"),
    ("detectors", "ldn", "mode"): ("ratio", "sum"),
    ("detectors", "gmm", "n_components"): ("1", "0"),
    ("detectors", "gmm", "covariance_type"): ("diag", "round"),
    ("detectors", "gmm", "reg_covar"): ("0.1", "-1"),
    ("detectors", "iforest", "n_estimators"): ("5", "0"),
    ("poolings", "top_k", "k"): ("1", "0"),
    ("poolings", "percentile", "percentile"): ("50", "101"),
    ("poolings", "gwrp", "r"): ("0.9", "2"),
    ("poolings", "gwrp", "reference_segments"): ("0", "-1"),
    ("fusions", "gate", "impulsive"): ("rest", "2"),
    ("fusions", "gate", "floor"): ("0.3", "0.7"),
    ("fusions", "gate", "centre"): ("0", "x"),
    ("fusions", "gate", "width"): ("9", "0"),
    ("thresholds", "percentile", "percentile"): ("50", "101"),
    ("thresholds", "gamma", "quantile"): ("0.5", "1"),
}
PLACES = {"extractors": "views.a.features", "fusions": "fusion", "thresholds": "threshold"}
NEEDED = {
    ("fusions", "gate"): ("views.a.group=impulsive", "views.b.group=rest"),
    ("detectors", "iforest"): ("views.a.detector.n_estimators=10",),
    ("scalings", "discriminant"): ("views.a.scaling=discriminant", "views.a.contrast=sections"),
}


def option_change(registry, kind, option, value):
    """What chooses a part, and what changes its option."""
    place = PLACES.get(registry, f"views.a.{registry[:-1]}")
    chosen = f'["{kind}"]' if registry == "extractors" else kind
    last = f"{place}.{kind}" if registry == "extractors" else place
    before = (f"{place}={chosen}",)
    needed = NEEDED.get((registry, kind), ())
    return (*before, *needed), f"{last}.{option}={value}"


CASES = {
    f"{kind.__name__}.{name}": case
    for kind, table in CHANGES.items()
    for name, case in table.items()
} | {
    ".".join(key): (*option_change(*key, right), option_change(*key, wrong)[1])
    for key, (right, wrong) in OPTIONS.items()
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Two sections of one machine, in two channels, with domains, sessions and a misfit.

    Of the test clips one is soft and one is long.
    """
    root, rng = tmp_path_factory.mktemp("settings"), np.random.default_rng(0)
    for section in ("00", "01"):
        for index in range(14):
            domain = "target" if index >= 10 else "source"
            split = "test" if index in {0, 13} else "train"
            noise = np.cumsum(rng.normal(size=(9600, 2)), axis=0) * rng.uniform(0.5, 1.5)
            noise += 30 * np.sin(np.arange(9600) / (9 + index % 4 + 3 * int(section)))[:, None]
            burst = rng.normal(size=(9600, 2)) * 20 * (np.arange(9600)[:, None] % 3000 < 200)
            sound = (noise + burst) / 2000 + 0.3 * (index == 5) * rng.normal(size=(9600, 2))
            name = f"section_{section}_{domain}_{split}_normal_{index:04d}.wav"
            if split == "test":
                sound = sound * 0.02 if index else np.concatenate([sound, sound, sound[:3000]])
            write_wav(root / "fan" / split / name, sound)
    found_sessions = ("mon", "tue", "wed", "thu")
    return [
        replace(clip, session=found_sessions[int(clip.path.stem[-4:]) // 2 % 4])
        for clip in find_clips(root)
    ]


@pytest.fixture(scope="module")
def is_changed(clips, tmp_path_factory):
    """Whether changes of the settings make other models, or else other results of them.

    Each is fitted once, and scored only where the models are the same; one section is enough
    where none is told from others.
    """
    run = Run(n_jobs=1, cache=tmp_path_factory.mktemp("cache"))

    def chosen(changes):
        is_contrast = any("discriminant" in change for change in changes)
        return [clip for clip in clips if is_contrast or clip.section == "00"]

    @cache
    def fitted(changes):
        home = tmp_path_factory.mktemp("outcome")
        (home / "settings.toml").write_text(SETTINGS)
        config = resolve_settings(path=home / "settings.toml", changes=changes).config
        fit(chosen(changes), home / "models", config, run=run)
        return home

    def models(changes):
        entries = read_manifest(fitted(changes) / "models").values()
        views = [tuple(view.name for view in entry.config.views) for entry in entries]
        return [entry.sha256 for entry in entries], views

    @cache
    def results(changes):
        home = fitted(changes)
        score(chosen(changes), home / "models", home / "results", run=run)
        return {
            path.relative_to(home): path.read_bytes()
            for path in (home / "results").rglob("*")
            if path.is_file() and path.name != RUN_FILE  # it names settings and folders
        }

    def differ(before, after):
        return models(before) != models(after) or results(before) != results(after)

    return differ


def test_the_changes_name_every_setting():
    for kind, table in CHANGES.items():
        assert list(table) == [item.name for item in fields(kind)]


def test_the_changes_name_every_option_of_every_part():
    assert set(OPTIONS) == {
        (name, kind, option)
        for name, registry in PARTS.items()
        for kind, part in registry.items()
        for option in option_types(part)
    }


@pytest.mark.parametrize("case", CASES)
def test_a_setting_that_changes_changes_a_model_or_a_result(is_changed, case):
    before, change, _ = CASES[case]
    assert is_changed(before, (*before, change))


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_setting_is_refused_before_any_recording_is_read(run, tmp_path, case):
    before, _, wrong = CASES[case]
    (tmp_path / "settings.toml").write_text(SETTINGS)
    (tmp_path / "data").mkdir()  # nothing is in it, which would be told first
    changes = [part for change in (*before, wrong) for part in ("--set", change)]
    status, out, err = run(
        *("fit", tmp_path / "data", "--models", tmp_path / "models"),
        *("--config", tmp_path / "settings.toml", *changes),
    )
    assert (status, out) == (2, "")
    assert "expected" in err, err
    assert "Traceback" not in err
    assert not (tmp_path / "models").exists()
    with pytest.raises(ConfigError):
        resolve_settings(path=tmp_path / "settings.toml", changes=(*before, wrong))


def test_the_same_settings_give_the_same_models_and_results(is_changed):
    assert not is_changed((), ("seed=0",))
