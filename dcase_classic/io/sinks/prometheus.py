"""Metrics for Prometheus: a text file that a node exporter collects, or a port that is scraped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dcase_classic.alarms.incidents import AlarmState
from dcase_classic.alarms.messages import MachineStatus
from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.errors import ConfigError, needing
from dcase_classic.io.files import replacing_unsynced
from dcase_classic.io.sinks.sink import Sink, UndeliveredError

_GAUGES = {
    "severity": "Severity of the last window; 100 is the limit.",
    "limit_moved": "Points of severity that the limit has moved.",
    "share_above": "Share of the sound that the limit has learned from above it.",
    "incidents": "Incidents that there have been.",
    "last_window_seconds": "When the last window was heard, in seconds since 1970.",
}


class Metrics(Sink):
    """The metrics of all machines, written whenever one has changed; a status follows every alarm.

    Parameters
    ----------
    path : of the text file, or None.
    port : of this computer that is scraped, or None.

    Raises
    ------
    ConfigError
        If prometheus-client is not installed, or the port is taken.
    OSError
        If the folder of the file is missing and cannot be made.
    """

    name = "prometheus"
    keeps_status = True

    def __init__(self, *, path: Path | None, port: int | None, address: str = "127.0.0.1") -> None:
        library = _library()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._registry = path, library.CollectorRegistry()
        self._text: Callable[..., bytes] = library.generate_latest
        labels = ["machine", "section"]
        self._gauges = {
            name: library.Gauge(f"dcase_classic_{name}", text, labels, registry=self._registry)
            for name, text in _GAUGES.items()
        }
        self._state = self._enumeration(library, "state", "How the machine stands.")
        self._condition = self._enumeration(library, "condition", "What the machine does.")
        self._server = None
        if port is not None:
            try:
                self._server, _ = library.start_http_server(port, address, self._registry)
            except (OSError, ValueError) as error:  # ValueError: of no name of a computer
                reason = getattr(error, "strerror", None) or "no such address"
                raise ConfigError(f"port {port}: {reason}", advice="take another") from error

    def _enumeration(self, library: Any, name: str, text: str) -> Any:
        labels = ["machine", "section", name]
        return library.Gauge(f"dcase_classic_{name}", text, labels, registry=self._registry)

    def show(self, status: MachineStatus) -> None:
        """See `Sink`."""
        own = (status.machine, status.section)
        values = {
            "severity": status.severity,
            "limit_moved": status.limit_moved,
            "share_above": status.share_above,
            "incidents": status.n_incidents,
            "last_window_seconds": status.at_s,
        }
        for name, value in values.items():
            self._gauges[name].labels(*own).set(float("nan") if value is None else value)
        for gauge, words, word in (
            (self._state, AlarmState, status.state),
            (self._condition, OperatingCondition, status.condition),
        ):
            for other in words:
                gauge.labels(*own, other.value).set(other is word)
        self._save()

    def close(self) -> None:
        """Leave the file as it is, and the port."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def _save(self) -> None:
        if self._path is None:
            return
        try:
            with replacing_unsynced(self._path) as temporary:
                temporary.write_bytes(self._text(self._registry))
        except OSError as error:
            raise UndeliveredError(f"{self._path}: {error.strerror}") from error


def _library() -> Any:
    advice = "pip install 'dcase_classic[prometheus]'"
    with needing(ConfigError("metrics need prometheus-client", advice=advice)):
        import prometheus_client
    return prometheus_client
