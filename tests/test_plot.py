"""Pictures with matplotlib: what they show, and that each takes and returns axes."""

import sys
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from sounds import RATE_HZ, tone

from dcase_classic import load_preset, plot
from dcase_classic.errors import ConfigError
from dcase_classic.outcomes.reasons import Direction, Explanation, NearestNormal, Reason

mpl.use("Agg")
from matplotlib import pyplot as plt

EXPLANATION = Explanation(
    anomaly_score=3.0,
    why=(
        Reason(aspect="spectrum", share=2.0, band_hz=(2900.0, 3100.0), from_s=1.0, to_s=2.0,
               direction=Direction.LOUDER),
        Reason(aspect="spectrum", share=1.0),
    ),
    families=(),
    nearest_normal=NearestNormal(position=0),
)  # fmt: skip


@pytest.fixture
def ax():
    figure, axis = plt.subplots()
    yield axis
    figure.canvas.draw()
    plt.close(figure)


def test_a_clip_is_shown_on_axes_in_hz_and_seconds_with_its_marks(ax):
    samples = tone(3000) + 1e-3 * np.random.default_rng(0).normal(size=4 * RATE_HZ)
    drawn = plot.clip(samples, explanation=EXPLANATION, sample_rate=RATE_HZ, ax=ax)
    assert drawn is ax
    (mark,) = ax.patches
    assert mark.get_bbox().bounds == (1.0, 2900.0, 1.0, pytest.approx(200.0))
    (mesh,) = ax.collections
    levels = mesh.get_array()
    brightest = int(np.asarray(levels).reshape(125, -1).mean(axis=1).argmax())
    low_hz, high_hz = mesh.get_coordinates()[[brightest, brightest + 1], 0, 1]
    assert low_hz - 100 < 3000 < high_hz + 100
    assert [text.get_text() for text in ax.texts] == ["1"]


def test_what_lasts_all_the_time_is_marked_with_its_number_within_the_axes(ax):
    whole = replace(EXPLANATION.why[0], from_s=0.0, to_s=4.0, is_all_the_time=True)
    untold = replace(whole, share=-1.0)  # which no sentence tells, as normal clips have it
    everywhere = replace(whole, band_hz=None)  # told, and nowhere to be marked
    explanation = replace(EXPLANATION, why=(whole, untold, everywhere))
    plot.clip(tone(3000), explanation=explanation, sample_rate=RATE_HZ, ax=ax)
    (number,), (mark,) = ax.texts, ax.patches
    ax.figure.canvas.draw()
    assert number.get_text() == "1"
    assert number.get_window_extent().x0 >= ax.get_window_extent().x0 - 1
    first_s, last_s = ax.get_xlim()
    assert first_s <= number.xy[0] <= last_s
    assert (mark.get_x(), mark.get_x() + mark.get_width()) == (first_s, last_s)


def test_a_clip_without_explanation_has_no_marks(ax):
    assert not plot.clip(tone(500), sample_rate=RATE_HZ, ax=ax).patches


def test_a_clip_is_shown_as_its_model_hears_it(ax):
    samples = np.stack([tone(500), tone(3000)], axis=1)
    settings = load_preset("classic")
    settings = replace(settings, audio=replace(settings.audio, channel=1))
    plot.clip(samples, sample_rate=RATE_HZ, config=settings, ax=ax)
    plot.clip(samples[:, 1], sample_rate=RATE_HZ, ax=ax)
    by_settings, by_channel = (mesh.get_array() for mesh in ax.collections)
    assert np.array_equal(by_settings, by_channel)


def test_a_window_alone_is_seen(ax):
    table = pd.DataFrame({"start_s": [0.0], "end_s": [4.0], "severity": [140.0]})
    assert plot.scores_over_time(table, ax=ax).lines[0].get_marker() not in {"", "None"}


def test_recordings_without_a_score_are_in_no_curve(ax):
    scores, truth = [0.0, 1.0, np.nan, 2.0, np.nan, 3.0], [0, 1, 0, 0, 1, 1]
    curve = plot.roc(scores, truth, ax=ax).lines[0]
    assert (curve.get_xdata()[-1], curve.get_ydata()[-1]) == (1.0, 1.0)
    bars = plot.histogram(scores, truth, ax=ax).containers
    assert [sum(bar.get_height() for bar in each) for each in bars] == [2, 2]
    with pytest.raises(ValueError, match="one class"):
        plot.roc([0.0, np.nan], [0, 1], ax=ax)
    assert plot.calibration([0.5, np.nan, 0.1], ax=ax).lines[-2].get_ydata().tolist() == [0, 0.5, 1]
    with pytest.raises(ValueError, match="p_values: got none"):
        plot.calibration([np.nan], ax=ax)


def test_windows_stand_at_their_time_beside_the_threshold(ax):
    table = pd.DataFrame({"start_s": [0.0, 2.0], "end_s": [4.0, 6.0], "severity": [20.0, 140.0]})
    line, limit = plot.scores_over_time(table, ax=ax).lines
    assert line.get_xdata().tolist() == [2.0, 4.0]
    assert line.get_ydata().tolist() == [20.0, 140.0]
    assert set(limit.get_ydata()) == {100}


def test_every_recording_has_a_line_of_its_own_by_its_name(ax):
    table = pd.DataFrame(
        {
            "path": ["a$^$.wav", "a$^$.wav", "b.wav"],
            "start_s": [0.0, 2.0, 0.0],
            "end_s": [4.0, 6.0, 4.0],
            "severity": [20.0, 140.0, 3.0],
        }
    )
    first, second, _ = plot.scores_over_time(table, ax=ax).lines
    assert (first.get_ydata().tolist(), second.get_ydata().tolist()) == ([20.0, 140.0], [3.0])
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["a$^$.wav", "b.wav", "threshold"]
    alone = plot.scores_over_time(table[2:], ax=plt.figure().gca())
    assert [text.get_text() for text in alone.get_legend().get_texts()] == ["threshold"]
    plt.close()


def test_names_of_machines_are_text(ax):
    table = pd.DataFrame({"machine_type": ["a$^$", None], "severity": [10.0, 20.0]})
    names = [label.get_text() for label in plot.overview(table, ax=ax).get_yticklabels()]
    assert names == ["a$^$", "none"]


def test_a_threshold_that_is_no_number_is_not_drawn(ax):
    assert not plot.histogram([0.0, 1.0], [0, 1], threshold=np.nan, ax=ax).lines


def test_rates_are_between_0_and_1(ax):
    for p_values in ([0.5, 1.5], [-0.2], [np.inf]):
        with pytest.raises(ValueError, match="p_values: got .*, expected 0 to 1"):
            plot.calibration(p_values, ax=ax)


def test_a_curve_goes_from_no_alarm_to_all_with_the_hits_of_every_limit(ax):
    curve, _ = plot.roc([0.0, 1.0, 2.0, 3.0], [0, 1, 0, 1], ax=ax).lines
    points = list(zip(curve.get_xdata(), curve.get_ydata(), strict=True))
    assert points == [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]


def test_classes_are_counted_apart(ax):
    drawn = plot.histogram([0.0, 0.0, 1.0], [0, 0, 1], threshold=0.5, ax=ax)
    counts = [sum(bar.get_height() for bar in bars) for bars in drawn.containers]
    assert counts == [2, 1]
    assert drawn.lines[0].get_xdata()[0] == 0.5
    assert not plot.histogram([0.0, 1.0], [0, 1], ax=plt.figure().gca()).lines
    plt.close()


@pytest.mark.parametrize(
    ("truth", "problem"),
    [
        ([0, 1], "got shape"),
        ([0, 0, 0], "one class"),
        ([1, 1, 1], "one class"),
        ([0, 1, None], "got nan, expected true or false"),
        ([1, -1, 1], "got -1"),  # of scikit-learn
    ],
)
def test_scores_without_their_truth_are_refused(truth, problem):
    for function in (plot.roc, plot.histogram):
        with pytest.raises(ValueError, match=problem):
            function([0.0, 1.0, 2.0], truth)
    plt.close("all")


def test_measured_rates_rise_at_the_p_values(ax):
    step, _ = plot.calibration([0.5, 0.1], ax=ax).lines
    assert step.get_xdata().tolist() == [0, 0.1, 0.5]
    assert step.get_ydata().tolist() == [0, 0.5, 1]
    with pytest.raises(ValueError, match="p_values: got none"):
        plot.calibration([], ax=ax)


def test_machines_have_rows_and_alarms_another_colour(ax):
    table = pd.DataFrame(
        {"machine_type": ["fan", "pump", "pump"], "severity": [10.0, 150.0, float("nan")]}
    )
    drawn = plot.overview(table, ax=ax)
    assert [label.get_text() for label in drawn.get_yticklabels()] == ["fan", "pump"]
    fan, pump = drawn.collections
    assert not np.array_equal(fan.get_facecolors(), pump.get_facecolors())
    assert len(pump.get_offsets()) == 1


def test_a_table_without_severities_and_scores_that_are_infinite_are_said(ax):
    with pytest.raises(ValueError, match=r"got the columns \['machine_type'\], expected severity"):
        plot.overview(pd.DataFrame({"machine_type": ["fan"]}), ax=ax)
    with pytest.raises(ValueError, match=r"got the columns \['severity'\], expected start_s"):
        plot.scores_over_time(pd.DataFrame({"severity": [3.0]}), ax=ax)
    with pytest.raises(ValueError, match="scores: got an infinite one"):
        plot.histogram([0.0, np.inf], [False, True], ax=ax)


def test_the_current_axes_are_taken_where_none_are_given():
    assert plot.calibration([0.5]) is plt.gca()
    plt.close("all")


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigError, match=r"run pip install 'dcase_classic\[plot\]'"):
        plot.calibration([0.5])
