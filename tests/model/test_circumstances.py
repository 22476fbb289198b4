import numpy as np
from tables import make_table

from dcase_classic.config import Config
from dcase_classic.config.calibration import CalibrationConfig
from dcase_classic.config.specs import Spec
from dcase_classic.config.view import ViewConfig
from dcase_classic.model.circumstances import Circumstances
from dcase_classic.model.machine_fitter import MachineFitter


def view(name, level):
    features = (Spec("mfcc", (("n_mfcc", 20),)),)
    return ViewConfig(name=name, features=features, detector=Spec("knn"), level=level)


def table(shift=0.0, n_clips=20):
    rows = np.random.default_rng(0).normal(size=(n_clips, 1, 6)) + shift
    return make_table(list(rows.astype(np.float32)))


def test_the_level_is_void_for_the_clips_that_say_so_and_the_views_that_keep_it():
    views = (view("a", "ignore"), view("b", "keep"))
    fitter = MachineFitter.from_config(
        Config(views=views, calibration=CalibrationConfig(n_folds=5))
    )
    model = fitter.fit(dict.fromkeys(fitter.features, table()), [None] * 20)
    ignoring, keeping = model.features

    def scores(shift, *, is_void):
        tables = {ignoring: table(n_clips=4), keeping: table(shift, n_clips=4)}
        circumstances = Circumstances(length_shares=np.ones(4), is_level_void=np.array(is_void))
        return model.score(tables, circumstances)

    void = scores(9.0, is_void=[True, True, False, False])
    assert np.array_equal(void[:2], scores(-9.0, is_void=[True] * 4)[:2])
    assert np.array_equal(void[2:], scores(9.0, is_void=[False] * 4)[2:])
    assert (void[2:] > void[:2].max()).all()


def test_copies_of_clips_have_the_circumstances_of_the_clips():
    single = Circumstances(length_shares=np.array([0.8]), is_level_void=np.array([True]))
    copies = single.repeated(3)
    assert copies.length_shares.tolist() == [0.8] * 3
    assert copies.is_level_void.tolist() == [True] * 3
