import io
from contextlib import closing

import numpy as np
import pytest
from conftest import ROOT, machine_sound, write_wav
from watching import settings_of, source_of, watched

from dcase_classic.alarms.operating import HeardWindow
from dcase_classic.alarms.settings import AlarmRule, AlarmSettings, LimitSettings
from dcase_classic.alarms.tracker import TrackerState, follow
from dcase_classic.errors import ArtifactError, DataError
from dcase_classic.io.journal import Journal
from dcase_classic.io.listening.folder import FolderSettings
from dcase_classic.io.sinks.choice import SinkChoice
from dcase_classic.pipeline.listen import alarm_settings, listen
from dcase_classic.pipeline.posts import ListeningSettings
from dcase_classic.pipeline.watch_setup import ListenSettings, SourceSettings

pytestmark = pytest.mark.usefixtures("closed_soon")

ALARMS = AlarmSettings(
    severe=AlarmRule(level=200, seconds=1, within_s=3), limit=LimitSettings(false_alarms=0.1)
)


@pytest.mark.parametrize("seconds", [1.0, 2.0, 10.0])
def test_one_odd_recording_of_any_length_is_an_alarm_by_the_settings_for_recordings(seconds):
    settings = alarm_settings(ROOT / "docs" / "alarms-clips.toml")
    heard = {"begin_s": 0.0, "end_s": seconds, "new_s": seconds, "level_db": -30.0}
    for severity, n_events in ((149.0, 0), (151.0, 1)):
        window = HeardWindow(severity=severity, **heard)
        assert len(follow(TrackerState(), window, settings).events) == n_events


@pytest.mark.uncounted
def test_a_watch_that_begins_again_shows_how_machines_stand_but_tells_no_news(fitted, tmp_path):
    pytest.importorskip("prometheus_client", reason="needs prometheus-client")
    write_wav(tmp_path / "in" / "a.wav", machine_sound(np.random.default_rng(5), is_anomaly=True))
    folder = FolderSettings(poll_s=0.05, is_once=True)
    source = SourceSettings(source=str(tmp_path / "in"), folder=folder)
    listening = ListeningSettings(alarms=ALARMS)
    settings = ListenSettings(
        models=fitted, listening=listening, machine="pump", state=tmp_path / "state", say=print
    )
    metrics = tmp_path / "metrics.prom"
    choice = SinkChoice(metrics_file=metrics)
    first, again = io.StringIO(), io.StringIO()
    listen(source, settings, choice, first)
    assert first.getvalue()
    before = metrics.read_text()
    assert 'state{machine="pump",section="00",state="alarm"} 1.0' in before
    metrics.unlink()
    listen(source, settings, choice, again)
    assert again.getvalue() == ""
    severity = "dcase_classic_severity{"  # of a window, which there was none of
    lines = [line for line in before.splitlines() if not line.startswith(severity)]
    after = metrics.read_text().splitlines()
    assert [line for line in after if not line.startswith(severity)] == lines


@pytest.mark.uncounted
@pytest.mark.usefixtures("locked_soon")
def test_nobody_is_told_of_a_watch_that_cannot_begin(fitted, tmp_path, said, monkeypatch):
    """A second watch of a state would say offline in place of the first."""
    monkeypatch.setattr("dcase_classic.io.sinks.choice.MqttSink", FailingSink)
    path = write_wav(tmp_path / "a.wav", np.zeros(10))
    state = tmp_path / "state"
    for models, more, error in (
        (fitted, {"state": state}, DataError),
        (tmp_path / "no models", {}, ArtifactError),
        (fitted, {}, AssertionError),
    ):
        settings = settings_of(models, said, **more)
        with closing(Journal(state, [], complain=said.append)), pytest.raises(error):
            watched(source_of(path), settings, mqtt="mqtt://broker")


class FailingSink:
    """A sink that may not be made."""

    name = "mqtt"

    def __init__(self, *_, **__):
        raise AssertionError("connects")
