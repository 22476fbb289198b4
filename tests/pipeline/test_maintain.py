"""More normals, a service, and the way back; files stay whole, and nothing is given twice."""

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from conftest import machine_sound, write_wav
from forging import edit_tree, without_beats

from dcase_classic.errors import ArtifactError, DataError
from dcase_classic.io.artifacts import load_model
from dcase_classic.io.learned_clips import read_learned_clips
from dcase_classic.io.manifest import MANIFEST, SCHEMA, read_manifest
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.recordings.own_clips import find_own_clips, normal_clips, with_own_names
from dcase_classic.pipeline import maintain
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.predict import predict
from dcase_classic.pipeline.settings import resolve_settings
from dcase_classic.run import Run

CONFIG = resolve_settings("knn", changes=["calibration.n_folds=4"]).config
KEY = ("pump7", "00")


def sounds(folder, n_clips, *, seed, serviced=False):
    rng = np.random.default_rng(seed)
    for index in range(n_clips):
        sound = machine_sound(rng, seconds=1.2)
        if serviced:
            sound = 0.7 * sound + 0.01 * rng.normal(size=len(sound))
        write_wav(folder / f"{seed}_{index}.wav", sound)
    return folder


def fit_own(folder, models, name="pump7"):
    return fit(normal_clips(with_own_names(find_own_clips(folder)), name), models, CONFIG)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("own")
    sounds(root / "normal" / "mon", 10, seed=1)
    sounds(root / "normal" / "tue", 10, seed=2)
    sounds(root / "more", 6, seed=3)
    sounds(root / "serviced", 12, seed=4, serviced=True)
    sounds(root / "later", 6, seed=5, serviced=True)
    fit_own(root / "normal", root / "models")
    return root


@pytest.fixture
def models(home, tmp_path):
    return shutil.copytree(home / "models", tmp_path / "models")


@pytest.fixture
def normal(home, tmp_path):
    """A model of recordings that a test may change."""
    shutil.copytree(home / "normal", tmp_path / "normal")
    fit_own(tmp_path / "normal", tmp_path / "own")
    return tmp_path / "normal", tmp_path / "own"


def entry(models):
    return read_manifest(models)[KEY]


def scores(models, home):
    return [row.anomaly_score for row in predict(home / "later", models)]


def n_alarms(models, home):
    return sum(row.decision for row in predict(home / "later", models))


def names(models):
    return sorted(path.name for path in models.iterdir())


def test_the_clips_of_a_model_are_kept_with_their_hashes(home):
    kept = read_learned_clips(home / "models", entry(home / "models"))
    assert [clip.clip.name for clip in kept.clips][:2] == ["1_0.wav", "1_1.wav"]
    assert len({digest for clip in kept.clips for digest in clip.digests}) == 20
    assert entry(home / "models").date == "2026-09-21T14:13:20Z"
    assert entry(home / "models").n_clips == 20


def test_more_normals_give_the_model_of_all_that_were_given_at_once(home, models, tmp_path):
    added = maintain.add_normals(home / "more", models)
    assert added.notes[0] == "6 new recordings beside 20 known"
    whole = shutil.copytree(home / "normal", tmp_path / "all")
    shutil.copytree(home / "more", tmp_path / "all" / "wed")
    fit_own(whole, tmp_path / "at_once")
    assert scores(models, home) == scores(tmp_path / "at_once", home)
    assert (entry(models).n_clips, entry(models).action) == (26, "clips added")


def test_the_model_before_comes_back_to_the_last_byte(home, models):
    before = names(models), entry(models), scores(models, home)
    maintain.add_normals(home / "more", models)
    maintain.recalibrate(home / "serviced", models)
    maintain.undo(models)
    assert entry(models).action == "clips added"
    undone = maintain.undo(models)
    assert (names(models), entry(models), scores(models, home)) == before
    assert undone.fitted.threshold == entry(models).threshold
    with pytest.raises(ArtifactError, match="pump7: nothing has changed since it was fitted"):
        maintain.undo(models)


def test_recordings_that_are_gone_or_changed_are_said(home, normal):
    folder, models = normal
    gone, barred = folder / "mon" / "1_3.wav", folder / "mon" / "1_4.wav"
    for path in (gone, barred):
        path.unlink()
    barred.symlink_to("a" * 300)  # which no system looks at
    shutil.copy(home / "serviced" / "4_0.wav", folder / "tue" / "2_0.wav")
    notes = maintain.add_normals(home / "more", models).notes
    assert notes[:3] == (
        "6 new recordings beside 18 known",
        f"2 recordings are gone and left out: {gone}, {barred}",
        f"1 recording has changed since: {folder / 'tue' / '2_0.wav'}",
    )


def test_recordings_that_are_known_are_not_taken_twice(home, models):
    with pytest.raises(DataError, match="none of these recordings is new"):
        maintain.add_normals(home / "normal", models)


def test_after_a_service_only_threshold_and_scales_are_new(home, models):
    assert n_alarms(models, home) == 6
    before = load_model(models, *KEY)
    changed = maintain.recalibrate(home / "serviced", models)
    assert n_alarms(models, home) <= 2
    after = load_model(models, *KEY)
    assert changed.threshold_before == before.model.threshold != after.model.threshold
    assert changed.fitted.alarms == after.model.alarms
    assert after.model.alarms[0].n_clips == 12
    assert after.config == before.config
    for key, rows in before.model.training_rows.items():
        np.testing.assert_array_equal(after.model.training_rows[key], rows)
    assert entry(models).action == "recalibrated"
    assert [old.action for old in entry(models).history] == ["fitted"]


def test_a_faulty_recording_still_raises_an_alarm_after_a_service(home, models, tmp_path):
    maintain.recalibrate(home / "serviced", models)
    rng = np.random.default_rng(9)
    sound = 0.7 * machine_sound(rng, seconds=1.2, is_anomaly=True) + 0.01 * rng.normal(size=19200)
    (faulty,) = predict(write_wav(tmp_path / "faulty.wav", sound), models)
    assert faulty.decision == 1
    assert faulty.severity > 150


def test_a_rate_can_be_changed_for_good(home, models):
    before = load_model(models, *KEY).model
    changed = maintain.recalibrate((), models, false_alarms=0.25)
    after = load_model(models, *KEY)
    assert after.config.calibration.false_alarms == 0.25
    assert after.model.threshold < before.threshold
    np.testing.assert_array_equal(after.model.held_out_scores, before.held_out_scores)
    assert changed.fitted.false_alarms == 0.25
    assert maintain.recalibrate(home / "serviced", models).fitted.false_alarms == 0.25


@pytest.mark.parametrize(
    ("folder", "options", "message"),
    [
        ("normal", {}, "it was fitted on 20 of these recordings: .* and 15 more; give new ones"),
        ("more", {}, "pump7: got 6 recordings, expected 10 or more"),
        ("serviced", {"false_alarms": 0.001}, "pump7: .*0.001"),
        (None, {}, "nothing to do; give new normal recordings, or a rate"),
        ("serviced", {"machine_type": "pump8"}, "no model of 'pump8', there is pump7; did you"),
        ("serviced", {"machine_type": "pump7/03"}, "no model of 'pump7/03', there is pump7"),
    ],
)
def test_what_cannot_be_recalibrated_changes_nothing(home, models, folder, options, message):
    before = names(models), (models / MANIFEST).read_bytes()
    with pytest.raises((DataError, ArtifactError), match=message):
        maintain.recalibrate(() if folder is None else home / folder, models, **options)
    assert (names(models), (models / MANIFEST).read_bytes()) == before


def test_of_several_models_one_is_named(home, models):
    fit_own(home / "normal", models, "fan")
    with pytest.raises(ArtifactError, match="got no machine, there are models of fan/00, pump7/00"):
        maintain.recalibrate(home / "serviced", models)
    maintain.recalibrate(home / "serviced", models, machine_type="pump7/00")
    assert read_manifest(models)["fan", "00"].action == "fitted"


def test_a_machine_with_several_sections_is_asked_for_one(data, tmp_path):
    given = find_clips(data)
    clips = [replace(clip, section=str(i % 2)) for i, clip in enumerate(given)]
    fit([clip for clip in clips if clip.machine_type == "fan"], tmp_path / "models", CONFIG)
    with pytest.raises(ArtifactError, match="fan has several models: fan/0, fan/1; name one as"):
        maintain.undo(tmp_path / "models", machine_type="fan")


def test_a_model_is_renamed_with_its_history(home, models):
    maintain.recalibrate(home / "serviced", models)
    before = scores(models, home)
    assert maintain.rename_machine(models, "pump7", "pump9") == 1
    assert scores(models, home) == before
    assert not [name for name in names(models) if "pump7" in name]
    maintain.undo(models, machine_type="pump9")
    assert "pump9_section_00.joblib" in names(models)


def test_a_name_that_is_taken_or_no_name_is_refused(home, models):
    with pytest.raises(ArtifactError, match="its model is called pump7 already"):
        maintain.rename_machine(models, "pump7", "pump7")
    fit_own(home / "normal", models, "fan")
    before = names(models)
    for name, message in (("fan", "holds a model of fan already"), ("../x", "cannot be a file")):
        with pytest.raises(ArtifactError, match=message):
            maintain.rename_machine(models, "pump7", name)
    assert names(models) == before


def test_a_model_is_removed_with_all_its_files(home, models):
    fit_own(home / "normal", models, "fan")
    maintain.recalibrate(home / "serviced", models, machine_type="pump7")
    assert maintain.remove_models(models, "pump7") == 1
    assert names(models) == [
        "fan_section_00.clips.json", "fan_section_00.joblib", MANIFEST,
    ]  # fmt: skip
    with pytest.raises(ArtifactError, match="no model of 'pump7', there is fan"):
        maintain.remove_models(models, "pump7")
    maintain.remove_models(models, "fan")
    for ask in (maintain.recalibrate, predict):
        with pytest.raises(ArtifactError, match="there is no model in it; fit one first"):
            ask(home / "later", models)


def test_a_model_that_another_run_has_changed_is_left_alone(home, models, monkeypatch):
    given = entry(models)
    maintain.recalibrate(home / "serviced", models)
    monkeypatch.setattr(maintain, "choose_entry", lambda *_: given)
    with pytest.raises(ArtifactError, match="pump7 was changed by another run meanwhile"):
        maintain.recalibrate((), models, false_alarms=0.25)
    assert [old.action for old in entry(models).history] == ["fitted"]


def test_what_is_brought_back_is_checked(home, models):
    maintain.recalibrate(home / "serviced", models)
    before = entry(models)
    (models / "pump7_section_00.joblib").write_bytes(b"other")
    with pytest.raises(ArtifactError, match="its content is not what the manifest says"):
        maintain.undo(models)
    assert entry(models) == before


def test_fitting_anew_leaves_no_files_of_the_history(home, models):
    maintain.recalibrate(home / "serviced", models)
    clips = normal_clips(with_own_names(find_own_clips(home / "normal")), "pump7")
    fit(clips, models, CONFIG, is_forced=True)
    new = ["pump7_section_00.r2.clips.json", "pump7_section_00.r2.joblib"]
    assert names(models) == [MANIFEST, *new]
    fit(clips, models, CONFIG, is_forced=True)
    assert names(models) == [MANIFEST, "pump7_section_00.clips.json", "pump7_section_00.joblib"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.unlink(), "clips.json: cannot be opened"),
        (lambda path: path.write_text("{}"), "clips.json: its content is not what the manifest"),
    ],
)
def test_clips_that_cannot_be_read_are_said(home, models, change, message):
    change(models / "pump7_section_00.clips.json")
    with pytest.raises(ArtifactError, match=message):
        maintain.add_normals(home / "more", models)
    assert len(scores(models, home)) == 6  # it needs none of them


LEARNED = """{"clips": [{"path": "/a.wav", "machine_type": "pump7", "section": "00",
    "split": "train", "domain": null, "label": null, "attributes": "", "alias": "", "parts": [],
    "raw": null, "session": "", "is_sibling": false, "is_own": true, "digests": []}],
    "contrast": []}"""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "damaged"),
        ('{"clips": [], "clips": []}', "a key stands twice"),
        ('{"clips": NaN, "contrast": []}', "got NaN, expected a finite number"),
        ('{"clips": [1], "contrast": []}', "clips.0.: got 1, expected a table"),
        (LEARNED.replace("/a.wav", r"a\u0000b"), "path: got 'a.*b', expected a path"),
        (LEARNED.replace("/a.wav", r"\ud800"), "path: got .*ud800', expected a path"),
        ("[" * 2_000_001, "more values than expected"),
    ],
)
def test_a_damaged_list_of_clips_is_refused_in_a_line(home, models, content, message):
    path = models / "pump7_section_00.clips.json"
    path.write_text(content)
    table = json.loads((models / MANIFEST).read_text())
    digest = hashlib.sha256(content.encode()).hexdigest()
    table["models"]["pump7_section_00.joblib"]["clips_sha256"] = digest
    (models / MANIFEST).write_text(json.dumps(table))
    with pytest.raises(ArtifactError, match=message) as error:
        maintain.add_normals(home / "more", models)
    assert len(str(error.value).splitlines()) == 1


def write_as(models, schema):
    """The manifest as an earlier schema had it."""
    edit_tree(models, without_beats, "pump7_section_00.joblib")
    path = models / MANIFEST
    table = json.loads(path.read_text())
    table["schema"] = schema
    for model in table["models"].values():
        for key in ("schema", "versions", "revision", "date", "action", "history", "foreign"):
            del model[key]
        for key in ("n_clips", "clips_sha256"):
            del model[key]
        for key in ("level", "windows") if schema == 5 else ():
            del model["config"][key]
        if schema == 5:
            del model["training"]
    path.write_text(json.dumps(table))


def test_a_folder_of_the_schema_before_windows_scores_the_same_and_is_raised(home, models):
    before, path = scores(models, home), models / MANIFEST
    edit_tree(models, without_beats, "pump7_section_00.joblib")
    table = json.loads(path.read_text())
    table["schema"] = 7
    for model in table["models"].values():
        del model["config"]["windows"]["are_learned"], model["training"]["spans"]
        model["schema"] = 7
    path.write_text(json.dumps(table))
    assert scores(models, home) == before
    assert not entry(models).config.windows.are_learned
    maintain.add_normals(home / "more", models)
    assert json.loads(path.read_text())["schema"] == SCHEMA
    assert [old.schema for old in entry(models).history] == [7]
    maintain.undo(models)
    assert scores(models, home) == before


@pytest.mark.parametrize("schema", [5, 6])
def test_a_folder_of_an_earlier_schema_scores_the_same_and_is_raised(home, models, schema):
    before = scores(models, home)
    write_as(models, schema)
    assert scores(models, home) == before
    assert (entry(models).schema, entry(models).n_clips, entry(models).date) == (6, 20, "")
    with pytest.raises(ArtifactError, match="does not say what pump7 was fitted on: it is"):
        maintain.add_normals(home / "more", models)
    maintain.recalibrate(home / "serviced", models)
    table = json.loads((models / MANIFEST).read_text())
    assert table["schema"] == SCHEMA
    (old,) = table["models"]["pump7_section_00.r1.joblib"]["history"]
    assert old["schema"] == 6
    maintain.undo(models)
    assert scores(models, home) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.update(models=[]), "models: expected tables"),
        (lambda table: table.update(models={"a": 1}), "models: expected tables"),
        (
            lambda table: table["models"]["pump7_section_00.joblib"].update(revision=3),
            "unknown key 'revision'",
        ),
        (
            lambda table: table["models"]["pump7_section_00.joblib"].update(held_out=[3]),
            r"held_out.0.: got 3, expected a table",
        ),
        (
            lambda table: table["models"]["pump7_section_00.joblib"].update(config=3),
            "config: got 3, expected a table",
        ),
    ],
)
def test_a_damaged_folder_of_the_schema_before_is_refused(models, change, message):
    write_as(models, 6)
    table = json.loads((models / MANIFEST).read_text())
    change(table)
    (models / MANIFEST).write_text(json.dumps(table))
    with pytest.raises(ArtifactError, match=message):
        read_manifest(models)


def test_a_recording_that_cannot_be_read_is_left_out_and_named(home, models, tmp_path):
    serviced = shutil.copytree(home / "serviced", tmp_path / "serviced")
    (serviced / "broken.wav").write_bytes(b"RIFF")
    changed = maintain.recalibrate(serviced, models)
    assert [skipped.clip.path.name for skipped in changed.skipped] == ["broken.wav"]
    with pytest.raises(DataError, match=r"broken\.wav"):
        maintain.recalibrate(serviced, models, run=Run(on_error="fail"))
