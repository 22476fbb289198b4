import io

import pytest
from telling import Listener

from dcase_classic.errors import ConfigError
from dcase_classic.io.sinks.choice import SinkChoice, make_sinks, sink_makers


def names_of(choice):
    """The names of the sinks; they are known before any is made."""
    makers = sink_makers(choice, io.StringIO())
    names = [sink.name for sink in make_sinks(makers.values())]
    assert names == [*makers]
    return names


def test_everybody_who_is_named_is_told_and_lines_always(tmp_path):
    choice = SinkChoice(
        webhook="http://127.0.0.1:9/", metrics_file=tmp_path / "m.prom", command="true"
    )
    assert names_of(choice) == ["lines", "webhook", "prometheus", "exec"]
    assert names_of(SinkChoice()) == ["lines"]


def test_urls_may_be_secrets_too(monkeypatch):
    monkeypatch.setenv("DCASE_CLASSIC_WEBHOOK_URL", "http://127.0.0.1:9/secret")
    assert names_of(SinkChoice()) == ["lines", "webhook"]
    monkeypatch.setenv("DCASE_CLASSIC_MQTT_URL", "no url")
    with pytest.raises(ConfigError, match="mqtt"):
        names_of(SinkChoice())


def test_what_was_made_is_closed_where_another_cannot_be():
    first = Listener()

    def fail():
        raise ConfigError("no such port")

    with pytest.raises(ConfigError, match="no such port"):
        make_sinks([lambda: first, fail])
    assert first.is_closed.is_set()
