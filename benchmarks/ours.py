"""What is measured, as functions of what it is measured on."""

import numpy as np
from threadpoolctl import threadpool_limits

from dcase_classic.config import Config, load_preset
from dcase_classic.config.specs import Spec
from dcase_classic.config.view import ViewConfig
from dcase_classic.io.recordings.audio import read_recording
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.records import Domain
from dcase_classic.sound.front_end import FrontEnd

# 1,272 values of every second: what a tutorial computes, and slow.py with librosa
STATISTICS = ("mean", "std", "p5", "p25", "p50", "p75", "p95", "skewness", "kurtosis")
DELTAS = ("mean", "std", "delta_mean", "delta_std", "delta2_mean", "delta2_std")
SETTINGS = Config(
    views=(
        ViewConfig(
            name="seconds",
            features=(
                Spec("logmel_stats", (("statistics", STATISTICS),)),
                Spec("mfcc", (("statistics", DELTAS),)),
            ),
            detector=Spec("knn"),
        ),
    )
)


def front_end(config):
    """What fitting with some settings takes of recordings of 10 s."""
    features = MachineFitter.from_config(config.at_length(10.0)).features
    return FrontEnd(audio=config.audio, features=features)


FRONT_END = front_end(SETTINGS)


def features(path):
    """Rows of every second of a file, from disk."""
    return FRONT_END.rows(read_recording((path,), SETTINGS.audio).waveform)


def table(n_clips, *, n_segments=10, n_features=60, seed=0):
    """Random rows of clips that have a place of their own."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_clips, 1, n_features))
    rows = rows + 0.5 * rng.normal(size=(n_clips, n_segments, n_features))
    return FeatureTable(
        X=rows.astype(np.float32).reshape(-1, n_features),
        clip_index=np.repeat(np.arange(n_clips), n_segments),
    )


def fit_and_score(train, test, *, preset="knn"):
    """One machine, from tables; the last 10 training clips are target."""
    fitter = MachineFitter.from_config(load_preset(preset).at_length(10.0))
    domains = [Domain.SOURCE] * (train.n_clips - 10) + [Domain.TARGET] * 10
    with threadpool_limits(1):
        model = fitter.fit(dict.fromkeys(fitter.features, train), domains)
        return model.score(dict.fromkeys(model.features, test)).anomaly
