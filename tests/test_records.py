from pathlib import Path

from dcase_classic.records import Clip, RawFormat, SamplesInMemory, Split, shared_fields


def test_a_clip_has_the_name_of_its_file():
    clip = Clip(path=Path("fan/test/a.wav"), machine_type="fan", section="00", split=Split.TEST)
    assert clip.name == "a.wav"


def test_records_share_the_fields_of_the_same_name():
    raw = RawFormat(sample_rate_hz=8000, subtype="PCM_16", n_channels=2)
    assert shared_fields(raw, SamplesInMemory) == {"sample_rate_hz": 8000}
