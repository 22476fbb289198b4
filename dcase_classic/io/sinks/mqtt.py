"""An MQTT broker: alarms, a retained state for every machine, a last will, Home Assistant."""

import json
import sys
import threading
from contextlib import suppress
from socket import SHUT_RDWR
from typing import Any
from urllib.parse import unquote

from dcase_classic.alarms.messages import AlarmMessage, MachineStatus, json_ready
from dcase_classic.errors import ConfigError, needing, reason_of
from dcase_classic.io.sinks.home_assistant import discoveries
from dcase_classic.io.sinks.sink import Sink, UndeliveredError
from dcase_classic.io.sinks.urls import split_url
from dcase_classic.log import LOGGER

_TIMEOUT_S = 10.0
_DELAYS_S = 1, 60  # before the first and the latest of many attempts to connect
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_QOS = 1
_NOT_NOW = 4  # the library's MQTT_ERR_NO_CONN
_LONGEST_BASE = 1000  # bytes; a topic has at most 65,535
_OLD_BROKER = "Unsupported protocol version"


class _RefusedError(UndeliveredError):
    """The broker does not take messages of this topic from us."""


class MqttSink(Sink):
    """Publishes below a base topic, ``dcase_classic`` by default.

    ``BASE/status`` is ``online`` or ``offline`` (retained, the last will),
    ``BASE/MACHINE/SECTION/state`` how a machine stands (retained), and
    ``BASE/MACHINE/SECTION/alarm`` every alarm. What the broker does not confirm, the library sends
    again with the next connection: it is waited for, and not published once more. What it refuses
    it says in MQTT 5 only; brokers that know 3.1.1 alone are spoken to in that.

    Parameters
    ----------
    url : ``mqtt://[USER@]HOST[:PORT][/BASE]``, or mqtts for TLS.
    password : of the user, or None.
    has_discovery : whether Home Assistant is told what there is.

    Raises
    ------
    ConfigError
        If paho-mqtt is not installed, or the URL is of another kind.
    """

    name = "mqtt"
    keeps_status = True

    def __init__(
        self, url: str, password: str | None = None, *, has_discovery: bool = True
    ) -> None:
        parts = split_url(url, "mqtt")
        if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment:
            raise ConfigError("mqtt: expected mqtt://[USER@]HOST[:PORT][/BASE], or mqtts")
        if parts.password is not None:
            raise ConfigError(
                "mqtt: a password in a URL is seen by others",
                advice="set DCASE_CLASSIC_MQTT_PASSWORD, or DCASE_CLASSIC_MQTT_PASSWORD_FILE",
            )
        self._host, self._base = parts.hostname, parts.path.strip("/") or "dcase_classic"
        if "+" in self._base or len(self._base.encode()) > _LONGEST_BASE:
            raise ConfigError("mqtt: the base topic holds a + or is too long", advice="shorten it")
        self._has_discovery = has_discovery
        self._known: dict[str, MachineStatus] = {}
        self._is_new = threading.Event()  # connected, and nothing told since
        self._unconfirmed: Any = None  # what was published last
        self._alarm_id = ""  # of the alarm that was published last
        self._topic_sent = ""
        self._refusals: dict[int, str] = {}
        self._problem = ""  # why there is no connection
        self._parts, self._password = parts, password
        self._client = self._connect(is_old=False)

    def _connect(self, *, is_old: bool) -> Any:
        """A client that connects, and does so again and again."""
        parts, client = self._parts, _client(is_old=is_old)
        if parts.username:
            client.username_pw_set(unquote(parts.username), self._password)
        if parts.scheme == "mqtts":
            client.tls_set()
        client.will_set(f"{self._base}/status", "offline", qos=_QOS, retain=True)
        client.on_connect, client.on_connect_fail = self._connected, self._failed
        client.on_publish = self._confirmed
        client.reconnect_delay_set(*_DELAYS_S)
        client.connect_async(self._host, parts.port or _PORTS[parts.scheme], keepalive=30)
        client.loop_start()
        return client

    def deliver(self, message: AlarmMessage) -> None:
        """See `Sink`."""
        self._greet()
        self._wait()
        if message.id != self._alarm_id:
            topic = f"{self._topic(message.machine, message.section)}/alarm"
            self._send(topic, json.dumps(json_ready(message)), is_retained=False)
            self._alarm_id = message.id
            try:
                self._wait()
            except _RefusedError:
                self._alarm_id = ""  # it has to be published again
                raise

    def show(self, status: MachineStatus) -> None:
        """See `Sink`."""
        self._known[status.name] = status
        if not self._greet():
            self._show(status)

    def close(self) -> None:
        """See `Sink`."""
        if self._client.is_connected():
            told = self._client.publish(f"{self._base}/status", "offline", qos=_QOS, retain=True)
            with suppress(RuntimeError, ValueError):  # it has gone meanwhile: that is the last will
                told.wait_for_publish(_TIMEOUT_S)
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        """Called by the library, in its own thread, as the next two."""
        self._problem = str(reason) if reason.is_failure else ""
        if not reason.is_failure:
            self._is_new.set()

    def _failed(self, _client: Any, _data: Any) -> None:
        error = sys.exc_info()[1]  # the library is just handling it
        self._problem = reason_of(error) if isinstance(error, OSError) else ""

    def _confirmed(self, _client: Any, _data: Any, mid: int, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self._refusals[mid] = str(reason)

    def _greet(self) -> bool:
        """After every connection: online, and what is known; a broker may have lost it."""
        if not self._is_new.is_set():
            return False
        self._publish(f"{self._base}/status", "online")
        for status in self._known.values():
            if self._has_discovery:
                topic = self._topic(status.machine, status.section)
                for config_topic, config in discoveries(status, topic, f"{self._base}/status"):
                    try:
                        self._publish(config_topic, json.dumps(config))
                    except _RefusedError as error:  # alarms are told all the same
                        LOGGER.warning("mqtt: %s; --no-discovery does without", error)
            self._show(status)
        self._is_new.clear()
        return True

    def _show(self, status: MachineStatus) -> None:
        topic = f"{self._topic(status.machine, status.section)}/state"
        self._publish(topic, json.dumps(json_ready(status)))

    def _topic(self, machine: str, section: str) -> str:
        return "/".join([self._base, _level(machine), _level(section)]).rstrip("/")

    def _publish(self, topic: str, text: str) -> None:
        """Let the broker keep a text, and wait for it."""
        self._wait()
        self._send(topic, text, is_retained=True)
        self._wait()

    def _send(self, topic: str, text: str, *, is_retained: bool) -> None:
        self._check_connected()
        told = self._client.publish(topic, text, qos=_QOS, retain=is_retained)
        if told.rc == _NOT_NOW:  # the connection has gone: it is sent with the next one
            told.rc = 0
        elif told.rc:
            raise UndeliveredError(f"{self._host}: too much waits")
        self._unconfirmed, self._topic_sent = told, topic

    def _wait(self) -> None:
        """Wait for the broker to confirm what was sent."""
        told = self._unconfirmed
        if told is None:
            return
        if not told.is_published():
            self._check_connected()
            told.wait_for_publish(_TIMEOUT_S)
        if not told.is_published():
            with suppress(AttributeError, OSError):  # it has gone meanwhile
                self._client.socket().shutdown(SHUT_RDWR)
            raise UndeliveredError(f"{self._host} does not confirm")
        self._unconfirmed = None
        refusal = self._refusals.pop(told.mid, None)
        if refusal is not None:
            raise _RefusedError(f"{self._host} refuses {self._topic_sent} ({refusal})")

    def _check_connected(self) -> None:
        if self._client.is_connected():
            return
        if self._problem == _OLD_BROKER:
            self._client.loop_stop()
            self._problem, self._client = "", self._connect(is_old=True)
        why = f" ({self._problem})" if self._problem else ""
        raise UndeliveredError(f"{self._host} is not connected{why}")


def _level(name: str) -> str:
    """A name as one level of a topic."""
    return "".join("_" if sign in "+#/\0" else sign for sign in name)


def _client(*, is_old: bool) -> Any:
    advice = "pip install 'dcase_classic[mqtt]'"
    with needing(ConfigError("--mqtt needs paho-mqtt 2", advice=advice)):
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
    protocol = MQTTProtocolVersion.MQTTv311 if is_old else MQTTProtocolVersion.MQTTv5
    return Client(CallbackAPIVersion.VERSION2, protocol=protocol)
