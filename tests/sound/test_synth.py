"""The synthetic machines: reproducible, valid, in the official layout, never trivial."""

import hashlib
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.records import Domain, Label, Split
from dcase_classic.sound.synth import (
    CLIP_S,
    MACHINES,
    SAMPLE_RATE_HZ,
    DemoClip,
    demo_clips,
    synthesise,
)

FAULTS = [(name, fault) for name, machine in MACHINES.items() for fault in machine.faults]


def sample_hash(clip, seed=0):
    """A hash of the samples as a 16-bit file holds them; not pinned, since libm may differ."""
    pcm = np.round(synthesise(clip, seed=seed).samples * 32767).astype(np.int16)
    return hashlib.sha256(pcm.tobytes()).hexdigest()


def make_clip(machine_type="DemoFan", **changes):
    clip = DemoClip(machine_type=machine_type, split=Split.TEST, domain=Domain.SOURCE, index=3)
    return replace(clip, **changes)


def mean_spectrum(clips):
    """Mean magnitudes in dB in 200 bands of equal width."""
    magnitude = np.mean([np.abs(np.fft.rfft(synthesise(clip).samples)) for clip in clips], axis=0)
    return 20 * np.log10(magnitude[1:].reshape(200, -1).mean(axis=1))


def test_a_clip_has_the_same_bits_whenever_it_is_made():
    clips = demo_clips()[::37]
    forwards = [sample_hash(clip) for clip in clips]
    backwards = [sample_hash(clip) for clip in reversed(clips)]
    assert forwards == backwards[::-1]


def test_different_names_and_seeds_give_different_clips():
    clips = demo_clips()[::37]
    hashes = {sample_hash(clip, seed) for clip in clips for seed in (0, 1)}
    assert len(hashes) == 2 * len(clips)


def test_every_clip_is_valid_audible_sound():
    for clip in demo_clips()[::11]:
        waveform = synthesise(clip)
        assert waveform.sample_rate_hz == SAMPLE_RATE_HZ
        assert waveform.samples.shape == (CLIP_S * SAMPLE_RATE_HZ,)
        assert waveform.samples.dtype == np.float32
        assert np.isfinite(waveform.samples).all()
        assert np.abs(waveform.samples).max() <= 1
        each_second = waveform.samples.reshape(int(CLIP_S), -1)
        assert (each_second.std(axis=1) > 10 / 32767).all()  # well above a 16-bit step


def test_hardly_a_clip_saturates():
    share = [np.mean(np.abs(synthesise(clip).samples) == 1) for clip in demo_clips()[::11]]
    assert max(share) < 1e-3


def test_the_plan_has_the_counts_of_a_small_task_2_data_set():
    counts = Counter(
        (clip.machine_type, clip.split, clip.domain, clip.label) for clip in demo_clips()
    )
    for machine_type in MACHINES:
        assert counts.pop((machine_type, Split.TRAIN, Domain.SOURCE, Label.NORMAL)) == 60
        assert counts.pop((machine_type, Split.TRAIN, Domain.TARGET, Label.NORMAL)) == 10
        for domain in Domain:
            for label in Label:
                assert counts.pop((machine_type, Split.TEST, domain, label)) == 20
    assert not counts


def test_every_fault_occurs_in_both_domains_at_every_severity():
    kinds = {
        (clip.machine_type, clip.fault, clip.domain, clip.severity)
        for clip in demo_clips()
        if clip.fault is not None
    }
    assert len(kinds) == len(FAULTS) * len(Domain) * len({severity for *_, severity in kinds})


def test_names_are_unique_and_tell_what_official_names_tell():
    clips = demo_clips()
    assert len({(clip.machine_type, clip.name) for clip in clips}) == len(clips)
    for clip in clips:
        name = parse_name(clip.name)
        assert name is not None
        assert name.section == "00"
        assert (name.domain, name.split, name.label) == (clip.domain, clip.split, clip.label)
        assert name.index == f"{clip.index:04d}"
        assert name.attributes == "_".join(map("_".join, clip.condition.attributes))


def test_the_plan_is_ordered_by_machine_split_and_name():
    order = [(clip.machine_type, clip.split, clip.name) for clip in demo_clips()]
    assert order == sorted(order)


@pytest.mark.parametrize("machine_type", MACHINES)
def test_domains_share_no_attributes_and_sound_different(machine_type):
    normals = {
        domain: [make_clip(machine_type, domain=domain, index=index) for index in range(6)]
        for domain in Domain
    }
    attributes = [{clip.condition for clip in clips} for clips in normals.values()]
    assert attributes[0].isdisjoint(attributes[1])
    source, target = (mean_spectrum(clips) for clips in normals.values())
    assert np.sqrt(np.mean(np.square(source - target))) > 2  # dB


@pytest.mark.parametrize(("machine_type", "fault"), FAULTS)
def test_a_worse_fault_is_further_from_the_same_clip_without_it(machine_type, fault):
    clips = [
        make_clip(machine_type, fault=fault, severity=severity)
        for severity in (0.0, 0.25, 0.5, 1.0)
    ]
    sound, *faulty = [synthesise(clip).samples for clip in clips]
    changes = [np.sqrt(np.mean(np.square(samples - sound))) for samples in faulty]
    assert changes[0] > 1e-4
    assert changes == sorted(changes)


def test_a_weak_valve_differs_only_where_the_full_stroke_was():
    weak = make_clip("DemoValve", fault="weak", severity=1.0)
    sound, faulty = (synthesise(clip).samples for clip in (replace(weak, severity=0.0), weak))
    changed = np.flatnonzero(np.abs(faulty - sound) > 1e-3)
    assert np.ptp(changed) < 0.5 * SAMPLE_RATE_HZ
    assert np.abs(sound).argmax() in changed
    assert np.abs(faulty).max() < np.abs(sound).max()


def test_an_unknown_machine_names_the_known_ones():
    with pytest.raises(ValueError, match="machine: got 'Fan', expected one of DemoFan, DemoValve"):
        make_clip("Fan")


def test_an_unknown_fault_names_those_of_the_machine():
    with pytest.raises(ValueError, match="fault: got 'rust', expected one of weak, leak, bounce"):
        make_clip("DemoValve", fault="rust", severity=1.0)
