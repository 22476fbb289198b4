"""The truth of recordings is what `find_clips` finds, in every layout."""

import numpy as np
import pytest
import writing
from writing import touch

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.results.truth import read_test_names, read_truth
from dcase_classic.pipeline.evaluate import evaluate
from dcase_classic.pipeline.prepare import PrepareSettings, prepare
from dcase_classic.records import Domain, Label, Split


def labelled(section="00", tail="_vel_3.0", split="test"):
    return [
        f"section_{section}_{domain}_{split}_{label}_000{index}{tail}.wav"
        for domain in ("source", "target")
        for label in ("normal", "anomaly")
        for index in range(2)
    ]


def layout_2020(root, _):
    for section in ("00", "02"):
        names = [f"{label}_id_{section}_0000000{i}.wav" for label in Label for i in range(3)]
        touch(root / "fan" / "train", f"normal_id_{section}_00000009.wav")
        touch(root / "fan" / "test", *names)
    return root


def layout_2021(root, _):
    for domain in ("source", "target"):
        names = [name for name in labelled(tail="") if domain in name]
        touch(root / "fan" / f"{domain}_test", *names)
    touch(root / "fan" / "train", "section_00_source_train_normal_0000.wav")
    return root


def layout_2022(root, _):
    for section in ("00", "01"):
        touch(root / "dev_data" / "fan" / "test", *labelled(section))
    touch(root / "dev_data" / "fan" / "train", *labelled(split="train")[:2])
    return root


def below_raw(root, _):
    touch(root / "dcase2024t2" / "dev_data" / "raw" / "fan" / "test", *labelled())
    touch(root / "dcase2024t2" / "dev_data" / "raw" / "fan" / "train", *labelled(split="train")[:2])
    touch(root / "dcase2024t2" / "dev_data" / "processed" / "fan" / "test", "section_00_0000.wav")
    return root


def renamed(root, _):
    touch(root / "raw" / "fan" / "test", *writing.hidden_names("00", 8))
    touch(root / "raw" / "fan" / "test_rename", *labelled())
    return root


def layout_mimii(root, _):
    for section in ("00", "02"):
        folder = root / "6_dB_fan" / "fan" / f"id_{section}"
        touch(folder / "normal", *(f"{index:08d}.wav" for index in range(20)))
        touch(folder / "abnormal", *(f"{index:08d}.wav" for index in range(6)))
    return root


def prepared(root, data):
    list(prepare(data, root / "out", PrepareSettings(), machines=["fan"]))
    return root / "out"


def hand_made(root, _):
    touch(root / "press" / "train", "monday.wav")
    touch(root / "press" / "test", "friday.wav", "sunday.wav")
    return root


LABELLED = [layout_2020, layout_2021, layout_2022, below_raw, renamed, layout_mimii, prepared]


@pytest.mark.parametrize("layout", LABELLED)
def test_the_truth_is_that_of_the_clips_in_every_layout(tmp_path, data, layout):
    root = layout(tmp_path, data)
    clips = find_clips(root, split=Split.TEST)
    truth = read_truth([root]).sections
    told = {
        (*key, name, is_anomaly, section.is_target.get(name))
        for key, section in truth.items()
        for name, is_anomaly in section.is_anomaly.items()
    }
    assert told == {
        (
            clip.machine_type,
            clip.section,
            clip.name,
            clip.label is Label.ANOMALY,
            None if clip.domain is None else clip.domain is Domain.TARGET,
        )
        for clip in clips
    }
    assert len(told) == len(clips) > 5


@pytest.mark.parametrize("layout", [*LABELLED, hand_made])
def test_the_names_of_test_clips_are_those_of_the_clips_in_every_layout(tmp_path, data, layout):
    root = layout(tmp_path, data)
    clips = find_clips(root, split=Split.TEST, prefer_renamed=False)
    names = read_test_names(root)
    assert {(*key, name) for key in names for name in names[key]} == {
        (clip.machine_type, clip.section, clip.name) for clip in clips
    }
    assert sum(map(len, names.values())) == len(clips) > 1


def test_hidden_names_are_those_that_submissions_have(tmp_path):
    root = renamed(tmp_path, None)
    assert read_test_names(root) == {("fan", "00"): set(writing.hidden_names("00", 8))}
    assert set(read_truth([root]).sections["fan", "00"].is_anomaly) == set(labelled())


def test_renamed_recordings_alone_are_test_clips(tmp_path):
    touch(tmp_path / "fan" / "test_rename", *labelled())
    assert read_test_names(tmp_path) == {("fan", "00"): set(labelled())}


def test_hand_made_recordings_state_no_truth(tmp_path):
    with pytest.raises(DataError, match="no truth; expected ground_truth_data"):
        read_truth([hand_made(tmp_path, None)])


def test_results_for_a_mimii_folder_are_evaluated_with_it(tmp_path):
    root = layout_mimii(tmp_path / "mimii", None)
    rng = np.random.default_rng(0)
    for section in ("00", "02"):
        clips = [clip for clip in find_clips(root, split=Split.TEST) if clip.section == section]
        scores = [rng.uniform() + 2 * (clip.label is Label.ANOMALY) for clip in clips]
        names = [clip.name for clip in clips]
        writing.write_results(tmp_path / "run", names, scores, section=section)
    (evaluation,) = evaluate(tmp_path / "run", [root]).evaluations
    assert evaluation.rule == "per section"
    for section in evaluation.sections:
        assert (section.counts["all"]["normal"], section.counts["all"]["anomaly"]) == (6, 6)
    assert evaluation.totals.arithmetic_mean["auc"] == 1.0
