import json

from documented import assert_as_documented
from telling import alarm, status

from dcase_classic.alarms.tracker import EventKind
from dcase_classic.report.page.document import page_html
from dcase_classic.report.rehearsal import Rehearsal, rehearsal_page, rehearsal_rows, rehearsal_text


def heard():
    rehearsal = Rehearsal()
    for severity in (-20.0, 150.0, None):
        rehearsal.note(status(severity=severity, limit_moved=1.5))
    rehearsal.note(alarm(1, source="a.wav"))
    rehearsal.note(alarm(1, event=EventKind.ENDED, end_s=1_000_100.0, source="b.wav"))
    rehearsal.note(alarm(2, source="c.wav"))
    rehearsal.note(status(at_s=1_004_000.0, severity=None))
    return rehearsal


def test_incidents_are_told_once_and_hours_in_their_order():
    assert rehearsal_text(heard()) == (
        "2 alarms would have been raised\n\n"
        "machine  begin                     end                       peak    rule"
        "  recording\n"
        "pump 00  1970-01-12T13:46:41.000Z  1970-01-12T13:48:20.000Z   250  severe"
        "      b.wav\n"
        "pump 00  1970-01-12T13:46:42.000Z  open                      250+  severe"
        "      c.wav\n\n"
        "machine  hour           windows  above  highest  limit moved\n"
        "pump 00  1970-01-12T13        3  33.3%      150         +1.5\n"
        "pump 00  1970-01-12T14        1   0.0%        -         +0.0\n"
    )


def test_nothing_heard_is_no_table():
    assert rehearsal_text(Rehearsal()) == "0 alarms would have been raised\n"


def test_the_same_as_json():
    table = json.loads(rehearsal_rows(heard(), "json"))
    assert_as_documented(table, "watch --dry-run")
    for hour in table["hours"]:
        assert_as_documented(hour, "hours of sound")
    assert [incident["source"] for incident in table["incidents"]] == ["b.wav", "c.wav"]
    assert table["hours"][0] == {
        "machine": "pump 00",
        "hour": "1970-01-12T13:00:00.000Z",
        "n_windows": 3,
        "n_above": 1,
        "highest": 150.0,
        "limit_moved": 1.5,
    }


def test_the_page_has_the_hours_of_each_machine_and_its_alarms():
    page = rehearsal_page(heard())
    assert page.overview == "2 alarms in 4 windows of 1 machine"
    rows = [dict(zip(page.watch["header"], row, strict=True)) for row in page.watch["incidents"]]
    assert [row["recording"] for row in rows] == ["b.wav", "c.wav"]
    assert rows[0]["begin (UTC)"] == "1970-01-12 13:46:41"
    assert [row["end (UTC)"] for row in rows] == ["1970-01-12 13:48:20", "open"]
    (machine,) = page.watch["machines"]
    assert machine["name"] == "pump 00"
    assert machine["hours"] == [[997_200.0, 150.0], [1_000_800.0, None]]
    assert machine["spans"] == [[1_000_001.0, 1_000_100.0], [1_000_002.0, None]]
    assert "c.wav" in page_html(page)
