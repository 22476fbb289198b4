from made_clips import clips

from dcase_classic.io.recordings.dataset import by_section
from dcase_classic.io.recordings.training_sections import draw_contrast, training_sections


def test_a_section_is_told_from_the_other_sections_of_its_machine():
    everything = [*clips("fan"), *clips("fan", "01"), *clips("fan", "02", 7), *clips("pump", "01")]
    drawn = draw_contrast(by_section(everything), ("fan", "00"), seed=0)
    counts = {key: len(members) for key, members in by_section(drawn).items()}
    assert counts == {("fan", "01"): 50, ("fan", "02"): 7}
    assert draw_contrast(by_section(everything[::-1]), ("fan", "00"), seed=0) == drawn
    assert draw_contrast(by_section(everything), ("fan", "00"), seed=1) != drawn


def test_of_many_sections_twenty_are_drawn():
    everything = [clip for n in range(40) for clip in clips("fan", f"{n:02d}", n_clips=2)]
    drawn = by_section(draw_contrast(by_section(everything), ("fan", "03"), seed=0))
    assert len(drawn) == 20
    assert ("fan", "03") not in drawn


def test_nothing_else_is_nothing_to_be_told_from():
    assert draw_contrast(by_section([*clips("fan"), *clips("pump")]), ("fan", "00"), seed=0) == []


def test_sections_come_in_order_with_what_they_are_told_from():
    everything = [*clips("pump"), *clips("fan", "01", 5), *clips("fan", "00", 7)]
    fan_00, fan_01, pump = training_sections(everything, contrast_seed=0)
    assert [section.name for section in (fan_00, fan_01, pump)] == [
        "fan section 00",
        "fan section 01",
        "pump section 00",
    ]
    assert (len(fan_00.clips), len(fan_00.contrast)) == (7, 5)
    assert (fan_00.siblings, fan_01.siblings, pump.siblings) == (("01",), ("00",), ())


def test_without_a_seed_there_is_nothing_to_be_told_from():
    (section, _) = training_sections([*clips("fan"), *clips("fan", "01")])
    assert section.siblings == ()
