from pathlib import Path

from dcase_classic.records import Clip, Split
from dcase_classic.report.overview import overview_lines


def clip(path):
    return Clip(path=Path(path), machine_type="fan", section="00", split=Split.TEST)


OFFICIAL = clip("fan/test/section_00_0000.wav")


def test_one_year_is_said_with_the_reason():
    assert overview_lines([OFFICIAL], [2023], "as asked for") == ["year: 2023 (as asked for)"]


def test_several_years_come_with_the_option_that_decides():
    (line,) = overview_lines([OFFICIAL], [2023, 2024], "names")
    assert line == "year: 2023 or 2024 (names; --year decides)"


def test_choices_that_were_made_are_said_after_the_year():
    renamed = clip("fan/test_rename/section_00_0000.wav")
    lines = overview_lines([renamed, clip("fan/test/monday.wav")], [], "own recordings")
    assert lines == [
        "year: none (own recordings)",
        "fan: test_rename is used instead of test",
        "fan: no official names; one section, domains and labels unknown",
    ]
