import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import write_machine
from tables import make_table

from dcase_classic.config import parse_config
from dcase_classic.errors import ArtifactError, ConfigError
from dcase_classic.io.recordings.dataset import by_section
from dcase_classic.model.contrast import Contrast, draw_contrast
from dcase_classic.model.machine import MachineFitter
from dcase_classic.pipeline.fit import fit
from dcase_classic.records import Clip, Label, Split
from dcase_classic.run import Run

AUXILIARY = """
[[views]]
name = "auxiliary"
segment_s = inf
features = [{{ kind = "gwrp", r = [1.0, 0.0] }}]
scaling = "discriminant"
centre = "attribute"
contrast = "{contrast}"
detector = "ldn"
domains = "pooled"
"""


def settings(contrast="machines"):
    return parse_config(AUXILIARY.format(contrast=contrast), where="test")


def clips(machine_type, section="00", n_clips=60, attributes=""):
    return [
        Clip(
            path=Path(f"{machine_type}/train/{section}_{index:04d}.wav"),
            machine_type=machine_type,
            section=section,
            split=Split.TRAIN,
            label=Label.NORMAL,
            attributes=attributes,
        )
        for index in range(n_clips)
    ]


def keys(drawn):
    return sorted({(clip.machine_type, clip.section) for clip in drawn})


def test_a_machine_is_told_from_all_but_itself():
    everything = [*clips("fan"), *clips("fan", "01"), *clips("pump", n_clips=7)]
    drawn = draw_contrast(by_section(everything), "fan", "00", seed=0)
    assert keys(drawn) == [("fan", "01"), ("pump", "00")]
    assert len(drawn) == 50 + 7
    assert draw_contrast(by_section(everything[::-1]), "fan", "00", seed=0) == drawn
    assert draw_contrast(by_section(everything), "fan", "00", seed=1) != drawn


def test_of_many_machines_some_are_drawn_and_other_sections_always():
    everything = [clip for n in range(40) for clip in clips(f"m{n:02d}", n_clips=2)]
    everything += [clip for n in range(6) for clip in clips("fan", f"{n:02d}", n_clips=2)]
    drawn = keys(draw_contrast(by_section(everything), "fan", "03", seed=0))
    assert len(drawn) == 20
    assert [key for key in drawn if key[0] == "fan"] == [
        ("fan", f"{n:02d}") for n in (0, 1, 2, 4, 5)
    ]


def test_nothing_else_is_nothing_to_be_told_from():
    assert draw_contrast(by_section(clips("fan")), "fan", "00", seed=0) == []


def test_classes_are_machines_sections_and_attributes():
    others = [
        *clips("fan", "01", 5, "speed_1"),
        *clips("fan", "01", 5, "speed_2"),
        *clips("pump", "00", 6),
    ]
    table = make_table([np.full((2, 3), index, np.float32) for index in range(16)])
    contrast = Contrast.of_clips(others, [table], machine_type="fan")
    rows, classes = contrast.rows(0, within_machine=False)
    assert rows.shape == (32, 3)
    assert len(np.unique(classes)) == 3
    rows, classes = contrast.rows(0, within_machine=True)
    assert rows[:, 0].tolist() == np.repeat(np.arange(10), 2).tolist()
    assert sorted(set(classes.tolist())) == [0, 1]


def rows_around(place, n_clips, seed):
    rng = np.random.default_rng(seed)
    return make_table(list((place + rng.normal(size=(n_clips, 1, 6))).astype(np.float32)))


@pytest.mark.parametrize("is_same_machine", [True, False])
def test_where_others_differ_is_where_this_machine_is_watched(is_same_machine):
    train, other = rows_around(np.zeros(6), 80, 0), rows_around(4 * np.eye(6)[0], 40, 1)
    contrast = Contrast(
        tables=(other,),
        classes=np.zeros(40, np.intp),
        is_same_machine=np.full(40, is_same_machine),
    )
    towards, aside = (rows_around(3 * np.eye(6)[axis], 200, 2) for axis in (0, 1))

    def found(kind, contrast):
        fitter = MachineFitter.from_config(settings(kind))
        model = fitter.fit([train], [None] * 80, name="fan", contrast=contrast)
        return [model.decide(model.score([table])).mean() for table in (towards, aside)]

    of_machines = found("machines", contrast)
    alone = found("none", None)
    assert of_machines[0] > 0.5
    assert of_machines[1] < alone[1] / 2
    # clips of other machines are not sections of this one
    assert found("sections", contrast) == (of_machines if is_same_machine else alone)


def scores(models):
    return [path.read_bytes() for path in sorted(models.glob("*.joblib"))]


def test_a_model_does_not_depend_on_which_machines_are_fitted_with_it(data, tmp_path):
    fit(data, tmp_path / "both", settings(), run=Run(n_jobs=2))
    fit(data, tmp_path / "one", settings(), machines=["pump"], run=Run(n_jobs=1))
    both, one = (tmp_path / name / "pump_section_00.joblib" for name in ("both", "one"))
    assert both.read_bytes() == one.read_bytes()


def test_other_clips_of_others_make_another_model(own_data, tmp_path):
    fit(own_data, tmp_path, settings(), machines=["pump"])
    assert not fit(own_data, tmp_path, settings(), machines=["pump"])[0].is_new
    shutil.rmtree(own_data / "fan")
    write_machine(own_data / "fan", n_source=4, n_target=0, seed=5)
    with pytest.raises(ArtifactError, match="fitted with other settings or clips"):
        fit(own_data, tmp_path, settings(), machines=["pump"])


def test_a_machine_that_is_alone_says_so(own_data, tmp_path):
    shutil.rmtree(own_data / "fan")
    (fitted,) = fit(own_data, tmp_path, settings())
    assert "no other section or machine to tell it from" in fitted.notes


def test_others_that_cannot_be_read_are_left_out(own_data, tmp_path):
    for path in (own_data / "fan" / "train").iterdir():
        path.write_bytes(b"")
    (fitted,) = fit(own_data, tmp_path, settings(), machines=["pump"])
    assert "no other section or machine to tell it from" in fitted.notes
    assert fitted.skipped == ()


def test_a_contrast_without_its_scaling_is_refused():
    text = AUXILIARY.format(contrast="machines").replace('"discriminant"', '"whiten"')
    with pytest.raises(
        ConfigError, match="contrast: got 'machines', expected none, or the scaling"
    ):
        parse_config(text, where="test")
