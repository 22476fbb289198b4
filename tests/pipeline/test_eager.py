"""Public functions do their work when they are called; their lazy twins when they are asked."""

import inspect

import pytest
from conftest import with_few_folds

from dcase_classic import (
    Run,
    Stream,
    evaluate,
    find_clips,
    fit,
    iter_fit,
    iter_prepare,
    iter_score,
    load,
    load_config,
    load_preset,
    predict,
    prepare,
    score,
)
from dcase_classic import doctor as doctor_of
from dcase_classic.errors import DataError, DcaseClassicError
from dcase_classic.outcomes.tables import Results


@pytest.mark.uncounted
def test_fit_and_score_that_nobody_iterates_write_their_files(data, tmp_path):
    fit(str(data), str(tmp_path / "models"), load_preset("knn"))
    assert len(list((tmp_path / "models").glob("*.joblib"))) == 2
    score(str(data), str(tmp_path / "models"), str(tmp_path / "out"))
    assert len(list((tmp_path / "out").rglob("anomaly_score_*.csv"))) == 2
    (evaluation,) = evaluate(str(tmp_path / "out"), [str(data)]).evaluations
    assert [section.machine_type for section in evaluation.sections] == ["fan", "pump"]


def test_prepare_that_nobody_iterates_writes_its_files(data, tmp_path):
    prepare(str(data), str(tmp_path), machines=["pump"])
    assert (tmp_path / "index.csv").is_file()


def test_the_lazy_twins_do_nothing_before_they_are_asked(data, fitted, tmp_path):
    iter_fit(data, tmp_path, load_preset("knn"))
    iter_score(data, fitted, tmp_path)
    iter_prepare(data, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_lazy_twin_gives_a_model_as_soon_as_it_is_written(data, tmp_path):
    fitted = iter_fit(data, tmp_path, load_preset("knn"), run=Run(n_jobs=1))
    assert next(fitted).machine_type == "fan"
    assert [path.name for path in tmp_path.glob("*.joblib")] == ["fan_section_00.joblib"]
    fitted.close()


@pytest.mark.uncounted
def test_a_model_that_another_run_has_fitted_meanwhile_is_said(data, tmp_path):
    fitted = iter_fit(data, tmp_path, load_preset("knn"), run=Run(n_jobs=1))
    assert not [note for note in next(fitted).notes if "another run" in note]
    fit(data, tmp_path, with_few_folds(load_preset("knn")), machines=["pump"])
    (pump,) = fitted
    assert pump.notes[-1] == "another run has fitted pump meanwhile; one model is left"


@pytest.mark.uncounted
def test_paths_may_be_texts(data, fitted, tmp_path):
    clip = min(data.rglob("*test_normal*.wav"))
    assert predict(str(clip), str(fitted))[0].machine_type == clip.parts[-3]
    assert predict([str(clip)], fitted) == predict([clip], fitted) == predict(clip, fitted)
    assert doctor_of(str(data), models=str(fitted)).counts
    (tmp_path / "c.toml").write_text('preset = "knn"')
    assert load_config(str(tmp_path / "c.toml")) == load_preset("knn")


@pytest.mark.parametrize("verb", ["fit", "score", "prepare", "save", "load", "Stream.load"])
def test_what_the_system_does_not_let_them_do_is_an_error_of_ours(data, fitted, tmp_path, verb):
    path = tmp_path / "file" / ("n" * 300)
    path.parent.write_text("")
    uses = {
        "fit": lambda: fit(data, path, "knn"),
        "score": lambda: score(data, fitted, path),
        "prepare": lambda: prepare(data, path),
        "save": lambda: load(fitted, "pump").save(path, machine_type="pump"),
        "load": lambda: load(path),
        "Stream.load": lambda: Stream.load(path),
    }
    with pytest.raises(DcaseClassicError) as caught:
        uses[verb]()
    assert str(caught.value).startswith(str(tmp_path / "file"))
    assert caught.value.advice


def test_clips_that_were_found_before_stand_for_their_folder(data, tmp_path):
    clips = find_clips(str(data), machines=["pump"])
    (fitted,) = fit(clips, tmp_path / "a", load_preset("knn"))
    (same,) = fit(data, tmp_path / "b", load_preset("knn"), machines=["pump"])
    assert fitted.threshold == same.threshold
    with pytest.raises(DataError, match="no machine 'fan', expected one of pump"):
        fit(clips, tmp_path / "a", load_preset("knn"), machines=["fan"])


@pytest.mark.parametrize(
    ("eager", "lazy"), [(fit, iter_fit), (score, iter_score), (prepare, iter_prepare)]
)
def test_twins_take_the_same_and_the_eager_one_tells_its_own_name_and_a_list(eager, lazy):
    signature = inspect.signature(eager)
    assert signature.parameters == inspect.signature(lazy).parameters
    assert (lazy.__name__, signature.return_annotation) == (f"iter_{eager.__name__}", Results)
    assert eager.__doc__ == lazy.__doc__
