import dataclasses
import io

import numpy as np
import pytest
from conftest import with_few_folds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_rows import noisy_frames

from dcase_classic.config import load_preset, parse_config, preset_names
from dcase_classic.config.specs import Spec
from dcase_classic.errors import ArtifactError
from dcase_classic.io.plain_bytes import write_plain
from dcase_classic.io.plain_reader import Limits, parse_plain
from dcase_classic.model.contrast import Contrast
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.learned import layout_of
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.model_tree import give_model, take_model
from dcase_classic.model.plain import Flag, Sizes
from dcase_classic.model.references import StoredRows
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.model.scalings import SCALINGS
from dcase_classic.records import Domain
from dcase_classic.sound.portrait import Portrait


def table(n_clips, n_features=6, seed=0, n_segments=3):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_clips * n_segments, n_features)).astype(np.float32)
    return FeatureTable(X=X, clip_index=np.repeat(np.arange(n_clips), n_segments))


PORTRAITS = FeatureTable(
    X=Portrait().extract(noisy_frames(n_segments=26, n_mels=8)), clip_index=np.arange(26)
)


def config_of(preset):
    config = load_preset(preset).at_length(10.0)
    if preset == "iforest":
        view = dataclasses.replace(
            config.views[0], detector=Spec("iforest", (("n_estimators", 5),))
        )
        return dataclasses.replace(config, views=(view,))
    return config


@pytest.fixture(scope="module", params=preset_names())
def fitted(request):
    config = with_few_folds(config_of(request.param))
    fitter = MachineFitter.from_config(config)
    domains = [Domain.SOURCE] * 20 + [Domain.TARGET] * 6
    tables = dict.fromkeys(fitter.features, table(26)) | {fitter.portrait: PORTRAITS}
    others = Contrast(
        tables=dict.fromkeys(fitter.features, table(12, seed=3)), classes=np.arange(12) // 6
    )
    contrast = others if config.has_contrast else None
    sessions = [f"{clip // 4}" for clip in range(26)]
    return config, fitter.fit(tables, domains, sessions=sessions, contrast=contrast)


def score(model, rows):
    return model.score(dict.fromkeys(model.features, rows)).anomaly


def through_bytes(tree):
    stream = io.BytesIO()
    write_plain(tree, stream)
    return parse_plain(stream.getvalue(), Limits(), where="x")


@pytest.mark.uncounted
def test_a_model_comes_back_and_scores_bit_for_bit_the_same(fitted):
    config, model = fitted
    again = take_model(through_bytes(give_model(model, config)), config)
    new = table(10, seed=1)
    np.testing.assert_array_equal(score(again, new), score(model, new))
    assert again.threshold == model.threshold
    assert again.alarms == model.alarms
    assert again.clips.is_for_new
    np.testing.assert_array_equal(again.clips.sessions, model.clips.sessions)
    np.testing.assert_array_equal(again.clips.domains, model.clips.domains)
    np.testing.assert_array_equal(again.held_out_scores, model.held_out_scores)


def test_rows_of_other_columns_are_refused_when_they_are_scored(fitted):
    _, model = fitted
    with pytest.raises(ArtifactError, match="6 columns, expected 5"):
        score(model, table(4, n_features=5))


def places(tree, path=()):
    yield path
    items = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    for key, item in items:
        yield from places(item, (*path, key))


def replaced(tree, path, value):
    if not path:
        return value
    copied = dict(tree) if isinstance(tree, dict) else list(tree)
    copied[path[0]] = replaced(tree[path[0]], path[1:], value)
    return copied


def at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


WRONG = [None, True, 0, -1, 2**62, 1.5, float("nan"), float("inf"), "x", [], {}, [None],
         {"kind": 1}, np.zeros(0), np.zeros((2, 2)), np.full(3, np.nan),
         np.zeros(3, "<i8")]  # fmt: skip


@pytest.mark.uncounted
def test_every_place_of_a_model_with_every_wrong_value_is_refused_or_harmless(fitted):
    """Some are right by chance (no peakiness where there is none): then the scores are finite."""
    config, model = fitted
    tree = give_model(model, config)
    rng = np.random.default_rng(0)
    paths = list(places(tree))
    chosen = [paths[i] for i in rng.permutation(len(paths))[:15]]
    n_taken = 0
    for path in chosen:
        for value in WRONG:
            n_taken += score_or_refuse(replaced(tree, path, value), config)
    assert n_taken < 15


def score_or_refuse(tree, config):
    """Whether it was taken; the scores are finite then. Anything but an ArtifactError fails."""
    try:
        scores = score(take_model(tree, config), table(3, seed=2))
    except ArtifactError as error:
        assert "\n" not in str(error)  # noqa: PT017 - it may be taken as well
        return False
    assert np.isfinite(scores).all()
    return True


@pytest.mark.uncounted
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_mutation_of_an_array_is_refused_or_can_be_scored(fitted, data):
    config, model = fitted
    tree = give_model(model, config)
    paths = [path for path in places(tree) if isinstance(at(tree, path), np.ndarray)]
    path = data.draw(st.sampled_from(paths))
    array = at(tree, path).copy()
    if array.size == 0:
        return
    kind = data.draw(st.sampled_from(["value", "bytes", "drop", "shape", "dtype"]))
    if kind == "value":
        if array.dtype.kind == "f":
            largest = min(1e30, float(np.finfo(array.dtype).max))
            values = [0, -1, 1, 10**4, np.nan, np.inf, 1e-38, largest, -largest]
        else:
            values = [0, 1, np.iinfo(array.dtype).max, -1]
        array.flat[data.draw(st.integers(0, array.size - 1))] = data.draw(st.sampled_from(values))
    elif kind == "bytes":
        raw = bytearray(array.tobytes())
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        array = np.frombuffer(bytes(raw), array.dtype).reshape(array.shape)
    elif kind == "drop":
        array = array[1:].copy()
    elif kind == "shape":
        array = array[np.newaxis].copy()
    else:
        array = array.astype(data.draw(st.sampled_from(["<f4", "<i4", "<i8", "|u1"])))
    score_or_refuse(replaced(tree, path, array), config)


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", DETECTORS)
def test_a_detector_comes_back(kind):
    rows = table(20).X
    start = DETECTORS[kind](**({"n_estimators": 5} if kind == "iforest" else {}))
    layout = layout_of(Spec(kind), start, where="detector")
    detector = start.fit(rows).without_rows()
    tree = through_bytes(layout.give(detector))
    again = layout.take(tree, "detector", Sizes({"n_components": 6})).with_rows(StoredRows(rows))
    expected = detector.with_rows(StoredRows(rows)).score_samples(rows)
    np.testing.assert_array_equal(again.score_samples(rows), expected)


@pytest.mark.parametrize("kind", SCALINGS)
def test_a_scaling_comes_back(kind):
    rows = table(20).X
    layout = layout_of(Spec(kind), SCALINGS[kind](), where="scaling")
    scaling = SCALINGS[kind]().fit(rows, np.arange(len(rows)) % 3)
    sizes = Sizes({"n_components": None, "n_features": 6})
    again = layout.take(through_bytes(layout.give(scaling)), "scaling", sizes)
    np.testing.assert_array_equal(again.transform(rows), scaling.transform(rows))


SMALL = parse_config(
    """
calibration = { n_folds = 2 }
[[views]]
name = "near"
features = ["mfcc"]
detector = "ldn"
domains = "centred"
[[views]]
name = "far"
features = ["mfcc"]
detector = "knn"
domains = "pooled"
scaling = "none"
""",
    where="test",
)


@pytest.fixture(scope="module")
def small():
    fitter = MachineFitter.from_config(SMALL)
    domains = [Domain.SOURCE] * 20 + [Domain.TARGET] * 6
    tables = dict.fromkeys(fitter.features, table(26)) | {fitter.portrait: PORTRAITS}
    model = fitter.fit(tables, domains)
    return give_model(model, SMALL)


FOLD = ("views", 0, "folds", 0)
PORTRAIT_ROWS = ("median", "low", "high", "least", "most")
TWO_OFFSETS = np.zeros((2, 6), "<f4")
POOLED = ("views", 1, "folds", 0, "model")


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        (("alarms", 0, "n_alarms"), lambda _: 10**6, "more alarms than clips"),
        (("alarms",), lambda alarms: [alarms[0]] * 2, "got a domain twice among the alarms"),
        (("alarms",), lambda alarms: alarms[:1], "got alarms of other clips than the 26 held-out"),
        (
            ("domain_scale",),
            lambda _: {"factors": np.full(3, 1.5)},
            "got factors of 3 domains, expected",
        ),
        (("threshold",), lambda _: 1e6, "got other alarms than held-out scores above"),
        (
            POOLED,
            lambda model: model | {"members": model["members"] * 2, "offsets": TWO_OFFSETS},
            "got 2 groups, expected 1",
        ),
        ((*FOLD, "model", "detectors"), lambda items: items * 2, "got 2 detectors, expected 1"),
        (
            (*FOLD, "model", "members", 0),
            lambda rows: rows[::-1].copy(),
            "not ascending positions among 78 rows",
        ),
        (
            (*FOLD, "model", "detectors", 0, "densities"),
            lambda densities: densities[1:],
            "got [0-9]+ densities, expected",
        ),
        ((*FOLD, "norm", "profiles"), lambda _: None, "got profiles where the settings have none"),
        ((*POOLED, "offsets"), lambda offsets: offsets[:, 1:].copy(), "got shape .1, 5., expected"),
        (("fusion", "families", "shares"), lambda shares: shares / 2, "got shares of another sum"),
        (("fusion", "peakiness"), lambda _: 1.0, "got a peakiness that the rule does not need"),
        (
            ("normal", "clips"),
            lambda clips: clips[::-1].copy(),
            "got clips that are not at ascending",
        ),
        (
            ("normal", "rows"),
            lambda rows: rows[:, 1:].copy(),
            "got levels of 27 bands, expected 28",
        ),
        (
            ("normal",),
            lambda normal: normal | dict.fromkeys(PORTRAIT_ROWS, np.ones(9, "<f4")),
            "portrait: got 9 columns, which no",
        ),
        (("fusion", "weights"), lambda weights: weights / 2, "got weights that the rule does not"),
    ],
)
def test_a_field_that_disagrees_with_others_is_refused(small, path, change, message):
    tree = replaced(small, path, change(at(small, path)))
    with pytest.raises(ArtifactError, match=message):
        take_model(tree, SMALL)


def test_a_triangle_of_another_size_is_told():
    values = {"triangle_": np.zeros(3)}
    assert DETECTORS["mahalanobis"]().learned_problem(values, {"n_components": 2}) is None
    problem = DETECTORS["mahalanobis"]().learned_problem(values, {"n_components": 3})
    assert problem == "got a triangle of 3 values for 3 columns"


def test_a_fusion_of_other_views_is_refused(small):
    level = {"scale": {"median": np.zeros(3), "spread": np.ones(3)}, "shares": np.eye(3)[:, :2]}
    level["shares"][2, 1] = 0.0
    tree = replaced(small, ("fusion", "families"), level)
    with pytest.raises(ArtifactError, match=r"other numbers of views, .* \(2, 2, 1\) by the sett"):
        take_model(tree, SMALL)


@pytest.mark.parametrize("value", [1e18, 1e17])
def test_numbers_that_leave_the_range_of_floats_give_an_error_and_no_score(small, value):
    path = (*FOLD, "model", "scaling", "inverse_std")
    tree = replaced(small, path, np.full(6, value, "<f4"))
    rows = FeatureTable(X=np.full((3, 6), 1e37, np.float32), clip_index=np.arange(3))
    with pytest.raises(ArtifactError, match="its numbers leave the range|are no numbers"):
        score(take_model(tree, SMALL), rows)


def test_a_score_that_is_no_number_is_an_error_and_no_score(small):
    model = take_model(small, SMALL)
    spoilt = dataclasses.replace(model.fusion, weights=np.array([np.nan]))
    with pytest.raises(ArtifactError, match="model: 3 of 3 scores are no numbers; fit it again"):
        score(dataclasses.replace(model, fusion=spoilt), table(3))


def test_a_flag_is_true_or_false_and_no_number():
    assert Flag().take(True, "model: has_fitted_tail", Sizes()) is True
    with pytest.raises(ArtifactError, match="model: has_fitted_tail: got int, expected true or"):
        Flag().take(1, "model: has_fitted_tail", Sizes())
