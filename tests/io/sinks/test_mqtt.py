import json
import queue
import re
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import suppress

import pytest
from telling import alarm, status

from dcase_classic.errors import ConfigError
from dcase_classic.io.sinks.home_assistant import discoveries
from dcase_classic.io.sinks.mqtt import MqttSink
from dcase_classic.io.sinks.sink import UndeliveredError

paho = pytest.importorskip("paho.mqtt.client", reason="needs paho-mqtt")
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
needs_broker = pytest.mark.skipif(
    MOSQUITTO is None, reason="needs a broker: apt-get install mosquitto"
)
PASSWORD = "open sesame"


@pytest.fixture(autouse=True)
def connected_soon(monkeypatch):
    """What connects again, or is closed meanwhile, waits for a moment."""
    monkeypatch.setattr("dcase_classic.io.sinks.mqtt._DELAYS_S", (0.05, 1))


class Broker:
    """A broker of one's own on the loopback, which can go and come back, and who listens to it."""

    def __init__(self, folder):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        passwords, config = folder / "passwords", folder / "mosquitto.conf"
        passwords.write_text(f"pump:{PASSWORD}\n")
        passwords.chmod(0o600)
        command = [shutil.which("mosquitto_passwd"), "-U", str(passwords)]
        subprocess.run(command, check=True, capture_output=True)
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\n"
            f"password_file {passwords}\nuser root\n"
        )
        self._command = [MOSQUITTO, "-c", str(config)]
        self.messages = queue.Queue()
        self.start()

    def start(self):
        self._process = subprocess.Popen(self._command, stderr=subprocess.PIPE)
        for line in self._process.stderr:
            if b"running" in line:
                break

    def stop(self):
        self._process.kill()  # it forgets a request to end that comes while it starts
        self._process.wait()
        self._process.stderr.close()

    def listen(self):
        """Somebody who is told of every message, from then on."""
        client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        client.username_pw_set("pump", PASSWORD)
        client.on_connect = lambda *_: client.subscribe("#", qos=1)
        client.on_message = lambda _c, _d, message: self.messages.put(message)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        return client

    def next(self, topic):
        while True:
            message = self.messages.get(timeout=30)
            if message.topic == topic:
                return message


@pytest.fixture
def broker(tmp_path):
    broker = Broker(tmp_path)
    yield broker
    broker.stop()


def until_delivered(deliver):
    """Try as a courier does."""
    for _ in range(600):
        try:
            return deliver()
        except UndeliveredError:
            waited = queue.Queue()
            with pytest.raises(queue.Empty):
                waited.get(timeout=0.05)
    raise AssertionError("not delivered")


def deliver_often(sink):
    for _ in range(100):
        sink.deliver(alarm(1))


@needs_broker
def test_a_broker_is_told_of_states_alarms_and_machines(broker):
    client = broker.listen()
    sink = MqttSink(f"mqtt://pump@127.0.0.1:{broker.port}/site/a", PASSWORD)
    until_delivered(lambda: sink.show(status()))
    until_delivered(lambda: sink.deliver(alarm()))
    assert broker.next("site/a/status").payload == b"online"
    config = json.loads(
        broker.next("homeassistant/binary_sensor/dcase_classic_pump_00/alarm/config").payload
    )
    assert config["state_topic"] == "site/a/pump/00/state"
    assert json.loads(broker.next("site/a/pump/00/state").payload)["state"] == "ok"
    assert json.loads(broker.next("site/a/pump/00/alarm").payload)["id"] == "pump-00-1-raised"
    sink.close()
    assert broker.next("site/a/status").payload == b"offline"
    client.loop_stop()
    client.disconnect()
    late = broker.listen()
    assert broker.next("site/a/pump/00/state").retain
    late.loop_stop()
    late.disconnect()


@pytest.mark.uncounted
@needs_broker
def test_a_broker_that_was_away_is_told_everything_again(broker, monkeypatch):
    monkeypatch.setattr("dcase_classic.io.sinks.mqtt._TIMEOUT_S", 1.0)
    sink = MqttSink(f"mqtt://pump@127.0.0.1:{broker.port}", PASSWORD, has_discovery=False)
    until_delivered(lambda: sink.show(status()))
    broker.stop()
    with pytest.raises(UndeliveredError):
        deliver_often(sink)
    broker.start()
    client = broker.listen()
    until_delivered(lambda: sink.deliver(alarm(2)))
    assert json.loads(broker.next("dcase_classic/pump/00/state").payload)["state"] == "ok"
    assert json.loads(broker.next("dcase_classic/pump/00/alarm").payload)["number"] == 2
    sink.close()
    client.loop_stop()
    client.disconnect()


@needs_broker
def test_a_wrong_password_is_no_connection_and_never_said(broker):
    sink = MqttSink(f"mqtt://pump@127.0.0.1:{broker.port}", "wrong word")
    with pytest.raises(UndeliveredError, match="127.0.0.1 is not connected") as failure:
        sink.deliver(alarm())
    assert "word" not in str(failure.value)
    sink.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://host",
        "mqtt://",
        "mqtt://user:word@host",
        "mqtt://h:99999",
        "mqtt://h/a+b",
        f"mqtt://h/{'a' * 70_000}",
        f"mqtt://{'h' * 300}",
        "mqtt://h/\udcff",
    ],
)
def test_other_urls_and_passwords_in_them_are_refused(url):
    with pytest.raises(ConfigError, match="mqtt: ") as refusal:
        MqttSink(url)
    assert "user:word" not in str(refusal.value)


def test_a_broker_that_goes_at_the_end_is_no_fault(monkeypatch):
    sink = MqttSink("mqtt://127.0.0.1:1")
    monkeypatch.setattr(sink._client, "is_connected", lambda: True)  # as it was a moment ago
    sink.close()


def test_without_the_library_it_is_said_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "paho.mqtt.client", None)
    with pytest.raises(ConfigError, match=r"dcase_classic\[mqtt\]"):
        MqttSink("mqtt://127.0.0.1")


def test_home_assistant_learns_each_entity_with_an_id_of_its_own():
    told = discoveries(status(machine="pump"), "base/pump/00", "base/status")
    topics = [topic for topic, _ in told]
    assert topics[0] == "homeassistant/binary_sensor/dcase_classic_pump_00/alarm/config"
    assert len({config["unique_id"] for _, config in told}) == len(told) == 3
    assert {config["availability_topic"] for _, config in told} == {"base/status"}


def test_home_assistant_takes_the_ids_of_all_names_and_tells_them_apart():
    names = ["pump 7/a", "pump_7_a", "\u043d\u0430\u0441\u043e\u0441", "\u6cf5"]
    topics = [discoveries(status(machine=name), "t", "s")[0][0] for name in names]
    assert len(set(topics)) == len(names)
    assert all(re.fullmatch(r"homeassistant/\w+/[a-zA-Z0-9_-]+/alarm/config", t) for t in topics)


class ForgetfulBroker:
    """Speaks as much MQTT as it takes to be told, and does not confirm the first alarms.

    It knows MQTT 3.1.1 only, or, where it refuses the first ones and says so, 5.
    """

    def __init__(self, n_forgotten, *, hangs_up=False, refuses=False):
        self.n_forgotten, self.hangs_up, self.alarms = n_forgotten, hangs_up, []
        self.refuses = refuses
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, connection.makefile("rb") as file, suppress(OSError):
                    self._answer(connection, file)

    def _answer(self, connection, file):
        while head := file.read(1):
            kind, n_bytes, shift = head[0] >> 4, 0, 0
            while (size := file.read(1)[0]) > 127:
                n_bytes, shift = n_bytes | (size & 127) << shift, shift + 7
            body = file.read(n_bytes | size << shift)
            if kind == 1:
                is_known = self.refuses or body[6] == 4
                connection.sendall(
                    b"\x20\x03\0\0\0" if self.refuses else bytes([32, 2, 0, not is_known])
                )
                if not is_known:
                    return
            if kind == 3:
                n_topic = int.from_bytes(body[:2])
                number = body[n_topic + 2 : n_topic + 4]
                if body[2 : n_topic + 2].endswith(b"/alarm"):
                    self.alarms.append((number, bool(head[0] & 8)))
                    if len(self.alarms) <= self.n_forgotten:
                        if self.hangs_up:
                            return
                        if self.refuses:
                            connection.sendall(b"\x40\x04" + number + b"\x87\0")
                        continue
                connection.sendall(b"\x40\x02" + number)


@pytest.mark.uncounted
@pytest.mark.parametrize("hangs_up", [True, False])
def test_an_alarm_that_is_not_confirmed_is_sent_again_by_the_library_only(monkeypatch, hangs_up):
    monkeypatch.setattr("dcase_classic.io.sinks.mqtt._TIMEOUT_S", 0.5)
    broker = ForgetfulBroker(n_forgotten=2, hangs_up=hangs_up)
    sink = MqttSink(f"mqtt://127.0.0.1:{broker.port}", has_discovery=False)
    until_delivered(lambda: sink.deliver(alarm(1)))
    until_delivered(lambda: sink.deliver(alarm(2)))
    sink.close()
    broker.stop()
    first, second = broker.alarms[0][0], broker.alarms[-1][0]
    assert broker.alarms == [(first, False), (first, True), (first, True), (second, False)]
    assert first != second


def test_an_alarm_that_the_broker_refuses_is_not_delivered():
    broker = ForgetfulBroker(n_forgotten=1, refuses=True)
    sink = MqttSink(f"mqtt://127.0.0.1:{broker.port}", has_discovery=False)
    said = []

    def deliver():
        try:
            sink.deliver(alarm(1))
        except UndeliveredError as error:
            said.append(str(error))
            raise

    until_delivered(deliver)
    sink.close()
    broker.stop()
    assert len(broker.alarms) == 2
    assert "127.0.0.1 refuses dcase_classic/pump/00/alarm (Not authorized)" in said


@pytest.mark.uncounted
def test_why_there_is_no_connection_is_said():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    sink = MqttSink(f"mqtt://127.0.0.1:{port}")
    said = ""
    while "refused" not in said:
        with pytest.raises(UndeliveredError) as failure:
            sink.deliver(alarm(1))
        said = str(failure.value)
    sink.close()
    assert said == "127.0.0.1 is not connected (connection refused)"
