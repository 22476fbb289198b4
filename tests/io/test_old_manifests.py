import shutil
from dataclasses import replace

import numpy as np
import pytest
from forging import edit_tree, without_beats
from writing import edit_manifest

from dcase_classic.io.artifacts import load_model
from dcase_classic.io.manifest import SCHEMA, read_manifest
from dcase_classic.io.recordings.own_clips import find_own_clips
from dcase_classic.pipeline.inference import infer_in_memory
from dcase_classic.pipeline.maintain import recalibrate
from dcase_classic.run import Run
from dcase_classic.sound.beats import UNEVEN_DB
from dcase_classic.sound.portrait import PortraitColumns

KEY = ("pump", "00")


@pytest.fixture
def old(fitted, tmp_path):
    """A folder of the schema before scales of domains."""
    models = shutil.copytree(fitted, tmp_path / "models")

    def without(tree):
        for name in ("domain_scale", "held_out_factors"):
            del tree[name]
        without_beats(tree)

    def lowered(manifest):
        for table in (manifest, *manifest["models"].values()):
            table["schema"] = 8

    edit_tree(models, without)
    edit_manifest(models, lowered)
    return models


def scores(artifact, data):
    clips = find_own_clips(data / "dev_data" / "raw" / "pump" / "test")
    return [row.anomaly_score for row in infer_in_memory(clips, artifact, run=Run(n_jobs=1)).scores]


def test_a_model_of_the_schema_before_scales_scores_the_same(old, fitted, data):
    new = load_model(fitted, *KEY)
    as_before = replace(new.model, domain_scale=None, held_out_factors=None)
    assert scores(load_model(old, *KEY), data) == scores(replace(new, model=as_before), data)


def test_a_folder_of_the_schema_before_scales_is_raised_by_the_next_change(old):
    recalibrate((), old, machine_type="pump", false_alarms=0.2)
    entry = read_manifest(old)[KEY]
    assert (entry.schema, [step.schema for step in entry.history]) == (SCHEMA, [8])


def test_a_model_of_two_domains_has_a_scale_that_its_held_out_scores_are_on(fitted):
    model = load_model(fitted, *KEY).model
    factors = model.domain_scale.factors
    assert len(factors) == 2
    assert np.array_equal(model.held_out_factors, factors[model.clips.groups])
    assert load_model(fitted, "fan", "00").model.domain_scale is None


def test_a_model_of_the_schema_before_beats_takes_them_for_uneven(old, fitted):
    columns = PortraitColumns.from_row
    before, now = (load_model(folder, *KEY).model.normal for folder in (old, fitted))
    assert columns(before.median).unevenness.tolist() == [UNEVEN_DB, UNEVEN_DB]
    assert np.array_equal(columns(before.median).rhythm, columns(now.median).rhythm)
