"""Made-up machine sound as waveforms, and models of it, as tests of explanations need them."""

import numpy as np
from conftest import machine_sound, with_few_folds

from dcase_classic.model.explain import Explainer
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.records import Waveform
from dcase_classic.sound.front_end import FrontEnd

RATE_HZ = 16000


def waveform(samples):
    return Waveform(samples=np.asarray(samples, np.float32), sample_rate_hz=RATE_HZ)


def normal_waveform(seed, seconds=4.0):
    return waveform(machine_sound(np.random.default_rng([9, seed]), seconds=seconds))


def tables(front_end, waveforms):
    """The rows of some clips of one length."""
    rows = [front_end.rows(clip) for clip in waveforms]
    return {
        features: FeatureTable(
            X=np.concatenate([clip[features] for clip in rows]),
            clip_index=np.repeat(np.arange(len(rows)), len(rows[0][features])),
        )
        for features in front_end.features
    }


def explainer(config, n_clips=16, domains=None, sound=normal_waveform):
    """What explains the scores of a model of some normal clips."""
    config = with_few_folds(config.at_length(4.0).alone())
    fitter = MachineFitter.from_config(config)
    front_end = FrontEnd(audio=config.audio, features=(*fitter.features, fitter.portrait))
    clips = [sound(seed) for seed in range(n_clips)]
    model = fitter.fit(tables(front_end, clips), domains or [None] * n_clips)
    return Explainer.from_config(model, config)


def tone(hz, seconds=4.0, amplitude=0.3):
    return amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)
