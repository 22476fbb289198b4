"""What Home Assistant's MQTT discovery is told, so that machines appear there by themselves."""

import hashlib
import re

from dcase_classic.alarms.messages import MachineStatus

_PREFIX = "homeassistant"


def discoveries(
    status: MachineStatus, topic: str, availability: str
) -> list[tuple[str, dict[str, object]]]:
    """Topics and configurations of a machine: a problem, its state in words, and its severity."""
    own = _identity(status.name)
    common: dict[str, object] = {
        "state_topic": f"{topic}/state",
        "availability_topic": availability,
        "device": {"identifiers": [own], "name": status.name, "manufacturer": "dcase_classic"},
    }
    entities: dict[tuple[str, str], dict[str, object]] = {
        ("binary_sensor", "alarm"): {
            "device_class": "problem",
            "value_template": "{{ 'ON' if value_json.state == 'alarm' else 'OFF' }}",
            "json_attributes_topic": f"{topic}/alarm",
        },
        ("sensor", "condition"): {"value_template": "{{ value_json.condition }}"},
        ("sensor", "severity"): {
            "state_class": "measurement",
            "value_template": "{{ value_json.severity | round(0) "
            "if value_json.severity is not none else none }}",  # none: unknown
        },
    }
    made = []
    for (kind, name), config in entities.items():
        content = {**common, "name": name.capitalize(), **config, "unique_id": f"{own}_{name}"}
        made.append((f"{_PREFIX}/{kind}/{own}/{name}/config", content))
    return made


def _identity(name: str) -> str:
    """An id of the letters that Home Assistant takes; names that look alike in them differ."""
    plain = re.sub(r"[^A-Za-z0-9]+", "_", name)
    is_plain = re.fullmatch("[A-Za-z0-9]+( [A-Za-z0-9]+)?", name) is not None
    more = "" if is_plain else f"_{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:8]}"
    return f"dcase_classic_{plain}{more}"
