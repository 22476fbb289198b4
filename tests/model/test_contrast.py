from dataclasses import replace

import numpy as np
import pytest
from conftest import with_few_folds, write_machine
from made_clips import clips
from tables import make_table

from dcase_classic.config import load_preset, parse_config
from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.errors import DataError
from dcase_classic.io.artifacts import load_model
from dcase_classic.model.contrast import Contrast
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.pipeline.fit import fit, iter_fit
from dcase_classic.run import Run
from dcase_classic.sound.front_end import peakiness_features

pytestmark = pytest.mark.uncounted

AUXILIARY = """
[[views]]
name = "auxiliary"
segment_s = inf
features = [{{ kind = "gwrp", r = [1.0, 0.0] }}]
scaling = "discriminant"
contrast = "{contrast}"
detector = "ldn"
domains = "pooled"
"""


def settings(contrast="sections"):
    return parse_config(AUXILIARY.format(contrast=contrast), where="test")


def classes(others):
    return Contrast.from_clips(others, {}).classes


def test_classes_are_sections_whatever_their_attributes():
    others = [
        *clips("fan", "01", 5, "speed_1"),
        *clips("fan", "01", 5, "speed_2"),
        *clips("fan", "02", 5, "speed_2"),
    ]
    assert classes(others).tolist() == [0] * 10 + [1] * 5


def test_every_row_has_the_class_of_its_clip():
    features = peakiness_features(SpectrumConfig())
    table = make_table([np.full((2, 3), index, np.float32) for index in range(12)])
    others = [*clips("fan", "01", 5), *clips("fan", "02", 7)]
    rows = Contrast.from_clips(others, {features: table}).rows(features)
    assert np.array_equal(rows.X, table.X)
    assert rows.classes.tolist() == [0] * 10 + [1] * 14


def rows_around(place, n_clips, seed):
    rng = np.random.default_rng(seed)
    return make_table(list((place + rng.normal(size=(n_clips, 1, 6))).astype(np.float32)))


def test_where_other_sections_differ_is_where_this_one_is_watched():
    train, other = rows_around(np.zeros(6), 80, 0), rows_around(4 * np.eye(6)[0], 40, 1)
    towards, aside = (rows_around(3 * np.eye(6)[axis], 200, 2) for axis in (0, 1))

    def rates(kind):
        fitter = MachineFitter.from_config(settings(kind))
        (features,) = fitter.features
        contrast = Contrast(tables={features: other}, classes=np.zeros(40, np.intp))
        model = fitter.fit({features: train}, [None] * 80, contrast=contrast)
        return [
            model.decide(model.score({features: table}).anomaly).mean()
            for table in (towards, aside)
        ]

    told, alone = rates("sections"), rates("none")
    assert told[0] > 0.5
    assert told[1] < alone[1] / 2


@pytest.fixture
def sections(tmp_path):
    """A machine of two sections beside another machine."""
    root = tmp_path / "data"
    write_machine(root / "pump", n_source=6, n_target=2)
    write_machine(root / "fan", n_source=4, n_target=0, seed=4)
    write_machine(tmp_path / "other" / "pump", n_source=6, n_target=0, seed=3)
    for path in (tmp_path / "other" / "pump" / "train").iterdir():
        path.rename(root / "pump" / "train" / path.name.replace("section_00", "section_01"))
    return root


def model_bytes(models):
    return {path.name: path.read_bytes() for path in models.glob("pump*.joblib")}


def test_a_model_does_not_depend_on_which_machines_are_fitted_with_it(sections, tmp_path):
    fit(sections, tmp_path / "both", settings(), run=Run(n_jobs=2))
    fitted = fit(sections, tmp_path / "one", settings(), machines=["pump"], run=Run(n_jobs=1))
    assert [section.siblings for section in fitted] == [("01",), ("00",)]
    assert model_bytes(tmp_path / "both") == model_bytes(tmp_path / "one")


def test_a_sibling_that_changes_later_changes_nothing(sections, tmp_path):
    fit(sections, tmp_path / "m", settings(), machines=["pump"])
    before = model_bytes(tmp_path / "m")
    for path in (sections / "pump" / "train").glob("section_01*"):
        path.unlink()
    (kept,) = fit(sections, tmp_path / "m", settings(), machines=["pump"])
    assert not kept.is_new
    assert kept.siblings == ("01",)
    assert kept.notes == ("it could be told from nothing now, --force fits it again",)
    assert model_bytes(tmp_path / "m") == before


def test_views_that_tell_sections_apart_drop_out_of_a_machine_of_one(data, tmp_path):
    config = with_few_folds(load_preset("classic"))
    fit(data, tmp_path / "full", config, machines=["pump"])
    fit(data, tmp_path / "alone", config.alone(), machines=["pump"])
    assert len(config.alone().views) == len(config.views) - 3
    assert model_bytes(tmp_path / "full") == model_bytes(tmp_path / "alone")


def test_the_default_tells_sections_apart(sections, tmp_path):
    config = with_few_folds(load_preset("classic"))
    told = fit(sections, tmp_path / "told", config, machines=["pump"])
    fit(sections, tmp_path / "alone", config.alone(), machines=["pump"])
    assert [model.siblings for model in told] == [("01",), ("00",)]
    model = load_model(tmp_path / "told", "pump", "00").model
    assert len(model.views) == len(config.views)
    assert model_bytes(tmp_path / "told") != model_bytes(tmp_path / "alone")


def test_a_sibling_with_the_name_of_a_section_is_refused(tmp_path):
    both = [*clips("fan", "00", 2), replace(clips("fan", "00", 1)[0], is_sibling=True)]
    with pytest.raises(DataError, match="the sibling '00' has the name of a section"):
        fit(both, tmp_path, settings())


def test_sections_that_cannot_be_read_are_left_out(sections, tmp_path):
    for path in (sections / "pump" / "train").glob("section_01*"):
        path.write_bytes(b"")
    first = next(iter_fit(sections, tmp_path / "m", settings(), machines=["pump"]))
    assert first.siblings == ()
    assert first.skipped == ()
