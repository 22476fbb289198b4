"""Parts of other packages: registered, found among what is installed, and admitted by name."""

import json
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from shutil import copytree
from textwrap import dedent
from typing import Literal, Optional

import numpy as np
import pytest

import dcase_classic
from dcase_classic.errors import ArtifactError, ConfigError, DataError
from dcase_classic.io.manifest import read_manifest
from dcase_classic.model import foreign_parts
from dcase_classic.model.detector import Detector
from dcase_classic.model.foreign_parts import ForeignPart, register
from dcase_classic.model.parts import PARTS
from dcase_classic.model.pooling import MeanPooling
from dcase_classic.parallel import processes
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.score import score
from dcase_classic.pipeline.settings import resolve_settings
from dcase_classic.run import Run
from dcase_classic.sound.features import LogMelStats

CODE = '''
import numpy as np
from dcase_classic.model.detector import Detector
from dcase_classic.model.plain import ANY, Numbers

class Lof(Detector):
    """Minus the distance from the mean, some times.

    Parameters
    ----------
    times : how often; from 1.
    """

    learned = {"mean_": Numbers(("<f4",), (ANY,))}

    def __init__(self, times: int = 1) -> None:
        self.times = times

    def fit(self, X, y=None):
        self.mean_ = np.asarray(X, np.float32).mean(axis=0)
        return self

    def score_samples(self, X):
        return -self.times * np.abs(X - self.mean_).sum(axis=1).astype(np.float64)
'''
OFFERED = {"registry": "detectors", "name": "demo_lof"}
OFFERED |= {"distribution": "demo-parts", "version": "1.0"}
CHANGES = ["views.mfcc_1s.detector={kind='demo_lof', times=2}", "calibration.n_folds=3"]


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """No test leaves a part behind."""
    monkeypatch.setattr(foreign_parts, "_FOREIGN", {})
    monkeypatch.setattr(processes, "_guests", set())
    names = {name: set(registry) for name, registry in PARTS.items()}
    yield
    for name, registry in PARTS.items():
        assert isinstance(registry, MutableMapping)
        for added in set(registry) - names[name]:
            del registry[added]


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a package with a detector: its version, and what it really holds."""
    home = tmp_path / "site"

    def install(version="1.0", code=CODE, value="demo_parts:Lof"):
        info = home / "demo_parts.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (home / "demo_parts.py").write_text(dedent(code))
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: demo-parts\nVersion: {version}\n"
        )
        (info / "entry_points.txt").write_text(
            f"[dcase_classic.detectors]\ndemo_lof = {value}\n[dcase_classic.poolings]\n"
            "demo_lof = demo_parts:Lof\n"
        )
        monkeypatch.delitem(sys.modules, "demo_parts", raising=False)
        monkeypatch.setattr(sys, "path", [str(home), *[p for p in sys.path if p != str(home)]])

    install()
    return install


def forget():
    """As another process that has loaded nothing yet."""
    for part, _ in foreign_parts.registered_parts():
        del PARTS[part.registry][part.name]
    foreign_parts._FOREIGN.clear()


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("kept") / "models"


@pytest.fixture
def models(data, tmp_path, installed, kept):
    """Models with the detector, fitted once, and a process that has not loaded it."""
    if installed and not kept.exists():
        config = resolve_settings("knn", changes=CHANGES).config
        fit(data, kept, config, machines=["fan"], run=Run(n_jobs=1))
        forget()
    return copytree(kept, tmp_path / "models")


def test_code_of_others_is_not_run_by_several_threads(installed):
    assert installed
    resolve_settings("knn", changes=CHANGES)
    assert processes.thread_count(2) == 1
    assert processes.thread_count(None) == 1


def run_score(data, models, *allowed, n_jobs=1):
    run = Run(n_jobs=n_jobs, allow_parts=allowed, on_error="fail")
    (scored,) = score(data, models, models.parent / "results", machines=["fan"], run=run)
    return [row.anomaly_score for row in scored.result.scores]


def test_an_installed_part_is_loaded_by_its_name_in_settings_and_named_in_the_model(models):
    (entry,) = read_manifest(models).values()
    assert entry.foreign == (ForeignPart(**OFFERED),)


def test_a_model_loads_a_part_only_if_it_is_admitted(data, models):
    expected = (
        r"needs the part 'demo_lof' \(detectors\) of demo-parts; demo-parts 1.0 has it, and it is "
        r"not admitted; use --allow-part demo_lof if you trust it"
    )
    with pytest.raises(ArtifactError, match=expected + "$") as refused:
        run_score(data, models)
    assert refused.value.advice == "use --allow-part demo_lof if you trust it"
    a_text = Run(allow_parts="my_demo_lof", on_error="fail")
    with pytest.raises(ArtifactError, match="is not admitted"):
        score(data, models, models.parent / "results", machines="fan", run=a_text)
    assert "demo_parts" not in sys.modules or not foreign_parts._FOREIGN
    assert len(run_score(data, models, "demo_lof")) == 6


def test_a_part_scores_the_same_in_other_processes(data, models):
    alone = run_score(data, models, "demo_lof")
    assert run_score(data, models, "demo_lof", n_jobs=2) == alone


@pytest.mark.uncounted
@pytest.mark.usefixtures("closed_soon")
@pytest.mark.parametrize("verb", ["watch --once", "predict", "recalibrate", "fit --add"])
def test_every_verb_loads_a_part_only_if_it_is_admitted(run, data, models, verb):
    clips = data / "dev_data" / "raw" / "fan" / "test"
    given = clips if "watch" in verb else min(clips.glob("*_normal_*.wav"))
    line = (*verb.split(), given, "--models", models)
    status, _, err = run(*line)
    assert (status, "is not admitted; use --allow-part demo_lof" in err) == (2, True), err
    _, _, err = run(*line, "--allow-part", "demo_lof")
    assert "admitted" not in err
    assert PARTS["detectors"].keys() >= {"demo_lof"}


def test_info_lists_what_is_offered_and_runs_none_of_it(run, installed):
    installed(code="raise RuntimeError('ran')")
    forget()
    out = run("info")[1]
    state = "not admitted, models load it with --allow-part demo_lof only"
    assert f"detectors demo_lof of demo-parts 1.0: {state}\n" in out
    lines = run("info", "--jsonl", "--allow-part", "demo_lof")[1].splitlines()
    rows = [json.loads(line) for line in lines]
    assert OFFERED | {"state": "admitted"} in rows
    assert "demo_parts" not in sys.modules


def test_a_part_whose_name_is_taken_is_never_loaded(run, installed, tmp_path):
    assert installed
    points = tmp_path / "site" / "demo_parts.dist-info" / "entry_points.txt"
    points.write_text("[dcase_classic.detectors]\nknn = demo_parts:Lof\n")
    assert "detectors knn of demo-parts 1.0: never loaded, its name is taken\n" in run("info")[1]


def test_a_part_that_is_not_installed_is_told(data, models, monkeypatch):
    monkeypatch.setattr(sys, "path", [p for p in sys.path if not p.endswith("site")])
    with pytest.raises(ArtifactError, match="of demo-parts, which is not installed"):
        run_score(data, models, "demo_lof")


def test_another_version_than_the_model_was_fitted_with_is_refused(data, models, installed):
    installed(version="2.0")
    expected = "with demo_lof of demo-parts 1.0, here it is of demo-parts 2.0; install that one"
    with pytest.raises(ArtifactError, match=expected):
        run_score(data, models, "demo_lof")
    config = resolve_settings("knn", changes=CHANGES).config
    with pytest.raises(ArtifactError, match=r"other parts of other packages; use --force to repla"):
        fit(data, models, config, machines=["fan"])


@pytest.mark.parametrize(
    ("code", "value", "message"),
    [
        ("raise RuntimeError('no licence')", "demo_parts:Lof", "cannot be loaded .no licence.; me"),
        (CODE, "demo_parts:Lob", "cannot be loaded"),
        ("class Lof: pass", "demo_parts:Lof", "expected a class with fit and score_samples"),
        (CODE.replace("times: int", "times"), "demo_parts:Lof", "'times' has no type; annotate it"),
        (CODE.replace("= 1)", ")"), "demo_parts:Lof", "'times' has no default; give it one"),
    ],
)
def test_a_part_that_cannot_be_used_is_refused_in_a_line(
    data, models, installed, code, value, message
):
    installed(code=code, value=value)
    for fails in (
        lambda: resolve_settings("knn", changes=CHANGES),
        lambda: run_score(data, models, "demo_lof"),
    ):
        with pytest.raises((ConfigError, ArtifactError), match=message) as error:
            fails()
        assert len(str(error.value).splitlines()) == 1


def test_a_name_that_nobody_offers_is_unknown_as_before():
    with pytest.raises(ConfigError, match="got 'demo_lof', expected one of"):
        resolve_settings("knn", changes=["views.mfcc_1s.detector=demo_lof"])


class NoDetector:
    learned = None
    fit = score_samples = None


class Halved(Detector):
    """Its other half is left to others."""

    def fit(self, X, y=None):
        return self


class NoEqual:
    names = extract = None


@dataclass
class NoHash(NoEqual):
    pass


@dataclass(frozen=True)
class Second(MeanPooling):
    """A pooling of one's own."""


@pytest.mark.uncounted
def test_a_part_that_is_registered_can_be_chosen_fitted_and_scored_with(data, tmp_path):
    dcase_classic.register("poolings", "second", Second)
    dcase_classic.register("poolings", "second", Second)
    config = resolve_settings("knn", changes=["views.mfcc_1s.pooling=second"]).config
    fit(data, tmp_path / "models", config, machines=["fan"], run=Run(n_jobs=2))
    (entry,) = read_manifest(tmp_path / "models").values()
    assert [(part.name, part.distribution) for part in entry.foreign] == [("second", "")]
    assert len(run_score(data, tmp_path / "models")) == 6
    forget()
    with pytest.raises(ArtifactError, match="'second' .poolings., which is not installed"):
        run_score(data, tmp_path / "models", "second")


def test_a_part_is_known_to_be_of_the_package_that_brought_it():
    import numpy as np  # stands for a module that a package has installed

    register("poolings", "third", type("Third", (MeanPooling,), {"__module__": "numpy.x"}))
    (part,) = (part for part, _ in foreign_parts.registered_parts())
    assert (part.distribution, part.version) == ("numpy", np.__version__)


@pytest.mark.parametrize(
    ("registry", "name", "part", "message"),
    [
        ("detector", "lof", Second, "got 'detector', expected one of extractors, scalings"),
        ("poolings", "mean", Second, "poolings: there is a 'mean' already; choose another name"),
        ("poolings", "lof", object, "expected a class with pool"),
        ("detectors", "lof", Second, "expected a class with fit and score_samples"),
        ("fusions", "lof", Second, "expected a class with needs_peakiness and weights and fuse"),
        ("detectors", "lof", Halved, "expected a class with fit and score_samples"),
        ("detectors", "lof", NoDetector, "NoDetector'>, expected a subclass of Detector; derive"),
        ("extractors", "lof", NoEqual, "expected one that equals.* make it a frozen dataclass$"),
        ("extractors", "lof", NoHash, "expected one that equals.* make it a frozen dataclass$"),
    ],
)
def test_what_cannot_be_registered_is_refused(registry, name, part, message):
    with pytest.raises(ConfigError, match=message):
        register(registry, name, part)


def test_an_extractor_of_ones_own_is_there_for_every_engine():
    register("extractors", "mine", type("Mine", (PARTS["extractors"]["dynamics"],), {}))
    for engine in ("fast", "librosa"):
        changes = ['views.mfcc_1s.features=["mine"]', f"spectrum.engine={engine}"]
        resolve_settings("knn", changes=changes)


@pytest.mark.uncounted
def test_rows_of_an_extractor_of_others_are_computed_anew_when_its_code_changes(data, tmp_path):
    home, thresholds = tmp_path / "models", []
    for reach in (1, -1):
        name = {"extract": lambda _, frames, reach=reach: frames.mean(axis=1)[:, ::reach][:, :9]}
        register("extractors", "mine", type("Mine", (LogMelStats,), name))
        config = resolve_settings("knn", changes=['views.mfcc_1s.features=["mine"]']).config
        run = Run(cache=tmp_path / "cache", n_jobs=1)
        fit(data, home, config, machines=["fan"], is_forced=True, run=run)
        thresholds.append(read_manifest(home)["fan", "00"].threshold)
    assert thresholds[0] != thresholds[1]


def test_an_extractor_with_other_names_than_columns_is_told():
    few = type("Few", (LogMelStats,), {"names": lambda *_: ("alone",)})
    register("extractors", "few", few)
    config = resolve_settings("knn", changes=['views.mfcc_1s.features=["few"]']).config
    sound = np.random.default_rng(0).normal(size=32000) / 9
    with pytest.raises(ConfigError, match=r"names of its extractors: got 1, expected 1[0-9]+"):
        dcase_classic.features(sound, view="mfcc_1s", config=config, sample_rate=16000)


def test_a_manifest_that_asks_for_another_registry_is_refused():
    config = resolve_settings("knn").config
    part = ForeignPart(registry="os", name="system", distribution="", version="")
    with pytest.raises(ArtifactError, match="there are no 'os' of other packages"):
        foreign_parts.admit_parts(config, [part], ["system"])
    part = ForeignPart(registry="detectors", name="knn", distribution="", version="")
    foreign_parts.admit_parts(config, [part], [])


def test_other_processes_are_told_what_is_known():
    register("poolings", "second", Second)
    known = foreign_parts.registered_parts()
    forget()
    foreign_parts.know_parts(known)
    foreign_parts.know_parts(known)
    assert PARTS["poolings"]["second"] is Second


@pytest.mark.uncounted
def test_a_part_that_is_defined_once_more_takes_its_own_place():
    register("poolings", "second", type("Mine", (Second,), {}))
    again = type("Mine", (Second,), {})
    register("poolings", "second", again)
    assert PARTS["poolings"]["second"] is again
    with pytest.raises(ConfigError, match="there is a 'second' already; choose another name"):
        register("poolings", "second", Second)


@pytest.mark.parametrize(
    ("value", "problem"),
    [(np.float32(1.5), None), (None, "got None, expected a number"), (np.nan, "got nan, expec")],
)
def test_a_threshold_of_ones_own_has_to_be_a_number(data, tmp_path, value, problem):
    rule = type("Fixed", (), {"fit": lambda *_: value})
    register("thresholds", "fixed", rule)
    config = resolve_settings("knn", changes=["threshold=fixed"]).config
    if problem is None:
        (fitted,) = fit(data, tmp_path / "models", config, machines=["fan"], run=Run(n_jobs=1))
        assert read_manifest(tmp_path / "models")["fan", "00"].threshold == fitted.threshold == 1.5
        return
    with pytest.raises(DataError, match=f"threshold 'fixed': {problem}"):
        fit(data, tmp_path / "models", config, machines=["fan"], run=Run(n_jobs=1))


def pooling_with(kind):
    """A pooling with an option of this type."""

    def start(self, odd=None):
        pass

    start.__annotations__["odd"] = kind
    return type("Odd", (Second,), {"__init__": start})


@pytest.mark.parametrize(
    "kind", [list[float], dict, tuple, object, float | list[int], Literal[0.5], tuple[int, str]]
)
def test_an_option_that_no_settings_can_hold_is_refused(kind):
    expected = "poolings odd: the option 'odd' has the type .*, which settings do not have; choose "
    with pytest.raises(ConfigError, match=expected):
        register("poolings", "odd", pooling_with(kind))


def test_an_option_whose_type_cannot_be_read_is_refused():
    with pytest.raises(ConfigError, match="type of its options cannot be read .*'Nowhere' is not"):
        register("poolings", "odd", pooling_with("Nowhere"))


def test_an_option_may_be_open_or_a_list_of_a_few_words():
    kind = Optional[tuple[Literal["a", 1], ...]]  # noqa: UP045 - as many still write it
    register("poolings", "odd", pooling_with(kind))
