from pathlib import Path

from dcase_classic.records import Clip, Split


def test_a_clip_has_the_name_of_its_file():
    clip = Clip(path=Path("fan/test/a.wav"), machine_type="fan", section="00", split=Split.TEST)
    assert clip.name == "a.wav"
