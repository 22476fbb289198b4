"""The sinks that were asked for, with their secrets."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from dcase_classic.io.sinks.command import CommandSink
from dcase_classic.io.sinks.credentials import read_secret
from dcase_classic.io.sinks.json_lines import JsonLines
from dcase_classic.io.sinks.mqtt import MqttSink
from dcase_classic.io.sinks.prometheus import Metrics
from dcase_classic.io.sinks.sink import Sink
from dcase_classic.io.sinks.webhook import Webhook

MakeSink = Callable[[], Sink]


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkChoice:
    """Who is told; None for nobody.

    Attributes
    ----------
    mqtt, webhook : their URLs; without them those of DCASE_CLASSIC_MQTT_URL and
        DCASE_CLASSIC_WEBHOOK_URL.
    has_discovery : whether Home Assistant is told of machines.
    metrics_file, metrics_port, metrics_address : for Prometheus.
    command : that is run for every alarm.
    """

    mqtt: str | None = None
    has_discovery: bool = True
    webhook: str | None = None
    metrics_file: Path | None = None
    metrics_port: int | None = None
    metrics_address: str = "127.0.0.1"
    command: str | None = None


def sink_makers(choice: SinkChoice, lines: TextIO) -> dict[str, MakeSink]:
    """What makes each sink, by the sink's name, lines of JSON first; some connect when made.

    Raises
    ------
    ConfigError
        If a secret cannot be read.
    """
    makers: dict[str, MakeSink] = {JsonLines.name: partial(JsonLines, lines)}
    mqtt = choice.mqtt or read_secret("MQTT_URL")
    if mqtt is not None:
        password = read_secret("MQTT_PASSWORD")
        makers[MqttSink.name] = partial(
            MqttSink, mqtt, password, has_discovery=choice.has_discovery
        )
    webhook = choice.webhook or read_secret("WEBHOOK_URL")
    if webhook is not None:
        makers[Webhook.name] = partial(Webhook, webhook, read_secret("WEBHOOK_TOKEN"))
    if choice.metrics_file is not None or choice.metrics_port is not None:
        makers[Metrics.name] = partial(
            Metrics,
            path=choice.metrics_file,
            port=choice.metrics_port,
            address=choice.metrics_address,
        )
    if choice.command is not None:
        makers[CommandSink.name] = partial(CommandSink, choice.command)
    return makers


def make_sinks(makers: Iterable[MakeSink]) -> list[Sink]:
    """The sinks; where one cannot be made, those before it are closed.

    Raises
    ------
    ConfigError
        If one cannot be made: a library is missing, a URL is wrong, a port is taken.
    """
    with ExitStack() as stack:
        sinks = [stack.enter_context(closing(make())) for make in makers]
        stack.pop_all()  # they serve from now on
    return sinks
