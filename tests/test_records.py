from pathlib import Path

from dcase_classic.records import Clip, RawFormat, SamplesInMemory, Span, Split, shared_fields


def test_a_clip_has_the_name_of_its_file():
    clip = Clip(path=Path("fan/test/a.wav"), machine_type="fan", section="00", split=Split.TEST)
    assert clip.name == "a.wav"


def test_records_share_the_fields_of_the_same_name():
    raw = RawFormat(sample_rate_hz=8000, subtype="PCM_16", n_channels=2)
    assert shared_fields(raw, SamplesInMemory) == {"sample_rate_hz": 8000}


def test_a_stretch_is_told_to_the_tenth_and_more_exactly_where_that_is_not_true():
    assert str(Span(start_s=85.0, end_s=95.0)) == "from 85.0 to 95.0 s"
    assert str(Span(start_s=85.016, end_s=95.0159863)) == "from 85.016 to 95.016 s"
    assert str(Span(start_s=2.5, end_s=7.25)) == "from 2.5 to 7.25 s"
