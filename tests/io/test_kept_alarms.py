import json

import numpy as np
import soundfile
from telling import alarm

from dcase_classic.alarms.tracker import EventKind
from dcase_classic.io.kept_alarms import keep_message, keep_sound, kept_stem


def test_the_sound_of_an_alarm_is_kept_with_what_is_known(tmp_path):
    samples = np.linspace(-0.5, 0.5, 200, dtype=np.float32).reshape(100, 2)
    path = keep_sound(tmp_path / "kept", alarm(), samples, 16000)
    keep_message(tmp_path / "kept", alarm())
    ended = alarm(event=EventKind.ENDED, end_s=1_000_050.0)
    keep_message(tmp_path / "kept", ended)
    assert sorted(file.name for file in (tmp_path / "kept").iterdir()) == [
        "19700112T134641Z-pump-00-1.json",
        "19700112T134641Z-pump-00-1.wav",
    ]
    read, rate_hz = soundfile.read(path)
    assert rate_hz == 16000
    np.testing.assert_allclose(read, samples, atol=1 / 32768)
    told = json.loads((tmp_path / "kept" / "19700112T134641Z-pump-00-1.json").read_text())
    assert (told["event"], told["end"]) == ("ended", "1970-01-12T13:47:30.000Z")


def test_odd_names_of_machines_make_plain_names_of_files():
    assert kept_stem(alarm(machine="../a b", section="")).startswith("19700112T134641Z-_a_b-")
    stems = {kept_stem(alarm(machine=name)) for name in ("a b", "a.b", "a_b")}
    assert len(stems) == 3
    assert "19700112T134641Z-a_b-00-1" in stems
