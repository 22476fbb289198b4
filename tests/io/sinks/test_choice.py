import io

import pytest

from dcase_classic.errors import ConfigError
from dcase_classic.io.sinks.choice import SinkChoice, make_sinks


def test_everybody_who_is_named_is_told_and_lines_always(tmp_path):
    choice = SinkChoice(
        webhook="http://127.0.0.1:9/", metrics_file=tmp_path / "m.prom", command="true"
    )
    names = [sink.name for sink in make_sinks(choice, io.StringIO())]
    assert names == ["lines", "webhook", "prometheus", "exec"]
    assert [sink.name for sink in make_sinks(SinkChoice(), io.StringIO())] == ["lines"]


def test_urls_may_be_secrets_too(monkeypatch):
    monkeypatch.setenv("DCASE_CLASSIC_WEBHOOK_URL", "http://127.0.0.1:9/secret")
    assert [sink.name for sink in make_sinks(SinkChoice(), io.StringIO())] == ["lines", "webhook"]
    monkeypatch.setenv("DCASE_CLASSIC_MQTT_URL", "no url")
    with pytest.raises(ConfigError, match="mqtt"):
        make_sinks(SinkChoice(), io.StringIO())
