import socket
import sys
import urllib.request

import pytest
from telling import alarm, status

from dcase_classic.alarms.incidents import AlarmState
from dcase_classic.errors import ConfigError
from dcase_classic.io.sinks.prometheus import Metrics
from dcase_classic.io.sinks.sink import UndeliveredError

parser = pytest.importorskip("prometheus_client.parser", reason="needs prometheus-client")


def samples(text):
    """What prometheus' own parser reads: values by name and labels."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def test_the_file_holds_what_is_known_of_every_machine(tmp_path):
    path = tmp_path / "metrics.prom"
    sink = Metrics(path=path, port=None)
    sink.show(status(severity=150.0, state=AlarmState.ALARM, n_incidents=2))
    sink.show(status(machine='odd "name"\n', severity=None))
    sink.deliver(alarm())
    sink.close()
    read = samples(path.read_text())
    assert read["dcase_classic_severity", "00", "pump"] == 150.0
    assert read["dcase_classic_incidents", "00", "pump"] == 2.0
    assert read["dcase_classic_state", "00", "alarm", "pump"] == 1.0
    assert read["dcase_classic_state", "00", "ok", "pump"] == 0.0
    assert read["dcase_classic_condition", "00", "pump", "running"] == 1.0
    odd = read["dcase_classic_severity", "00", 'odd "name"\n']
    assert odd != odd  # noqa: PLR0124 - not a number: it could not be scored


def test_a_port_gives_the_same_metrics():
    port = free_port()
    sink = Metrics(path=None, port=port)
    sink.show(status(severity=77.0))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        read = samples(answer.read().decode())
    assert read["dcase_classic_severity", "00", "pump"] == 77.0
    with pytest.raises(ConfigError, match=f"port {port}"):
        Metrics(path=None, port=port)
    with pytest.raises(ConfigError, match=f"port {port}: no such address"):
        Metrics(path=None, port=port, address="x" * 300)
    sink.close()


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    sink = Metrics(path=tmp_path / "none" / "metrics.prom", port=None)
    (tmp_path / "none").rmdir()
    with pytest.raises(UndeliveredError, match="No such file"):
        sink.show(status())


def test_what_a_link_leads_to_is_left_alone(tmp_path):
    (tmp_path / "other").write_text("mine")
    (tmp_path / "metrics.prom").symlink_to("other")
    Metrics(path=tmp_path / "metrics.prom", port=None).show(status())
    assert (tmp_path / "other").read_text() == "mine"
    assert "dcase_classic_severity" in (tmp_path / "metrics.prom").read_text()


def test_without_the_library_it_is_said_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ConfigError, match=r"dcase_classic\[prometheus\]"):
        Metrics(path=tmp_path / "metrics.prom", port=None)
