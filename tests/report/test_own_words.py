from dataclasses import replace

import pytest

from dcase_classic.outcomes.fits import Fitted
from dcase_classic.outcomes.training import DomainAlarms, Misfit
from dcase_classic.records import Domain
from dcase_classic.report.own_words import learned_lines

ESTIMATE = "the threshold is an estimate with a margin"
PUMP = Fitted(
    machine_type="pump7",
    section="00",
    threshold=1.0,
    alarms=(DomainAlarms(domain=None, n_clips=40, n_alarms=4, n_sessions=3),),
    peakiness=None,
    group_weights={},
    is_new=True,
    session_source="days in names",
    is_for_new_sessions=True,
)


def said(model):
    sentence, *notes = learned_lines([model])
    assert not sentence.is_note
    assert all(note.is_note for note in notes)
    return sentence.text, [note.text for note in notes]


def with_alarms(**changes):
    return replace(PUMP, alarms=(replace(PUMP.alarms[0], **changes),))


def test_a_person_reads_what_was_learned_from_and_what_to_expect():
    assert said(PUMP) == (
        "pump7: learned from 40 recordings of 3 days; expect 1 false alarm in 10 (3 to 24 %)",
        ["pump7: holds for other days too, with a margin because 3 days are few; 10 do"],
    )


@pytest.mark.parametrize(
    ("n_alarms", "expected"),
    [
        (0, "expect no false alarm in 40 (0 to 9 %)"),
        (3, "expect 1 false alarm in 13 (2 to 20 %)"),
        (30, "expect 30 false alarms in 40 (59 to 87 %)"),
    ],
)
def test_any_rate_is_told_in_whole_numbers(n_alarms, expected):
    assert said(with_alarms(n_alarms=n_alarms))[0].endswith(expected)


def test_known_domains_are_told_apart_and_a_section_that_was_named_is_told():
    source = DomainAlarms(domain=Domain.SOURCE, n_clips=30, n_alarms=3)
    target = DomainAlarms(domain=Domain.TARGET, n_clips=10, n_alarms=0)
    text, _ = said(replace(PUMP, alarms=(source, target), is_new=False))
    assert text == (
        "pump7 section 00: learned from 30 source recordings and 10 target recordings; expect "
        "1 false alarm in 10 (2 to 27 %) in source; no false alarm in 10 (0 to 31 %) in target; "
        "kept as it was"
    )


def test_a_model_that_was_recalibrated_was_not_learned_from_what_its_threshold_is_of():
    misfit = Misfit(name="a.wav", rank=1, excess=1.5, is_named=True, is_dropped=False)
    text, notes = said(replace(PUMP, misfits=(misfit,), is_new=False))
    assert text.startswith("pump7: learned from ")
    assert any("fit the others" in note for note in notes)
    text, notes = said(replace(PUMP, misfits=(misfit,), is_new=False, is_recalibrated=True))
    assert text.startswith("pump7: recalibrated by ")
    assert not any("fit the others" in note for note in notes)


def test_of_what_stands_off_and_may_not_be_named_it_is_said_how_many_there_are():
    misfits = tuple(
        Misfit(name=name, rank=rank, excess=excess, is_named=rank == 1, is_dropped=rank == 1)
        for rank, (name, excess) in enumerate(
            [("a.wav", 1.5), ("b.wav", 4.0), ("c.wav", 3.0), ("d.wav", 0.9)], start=1
        )
    )
    note = said(replace(PUMP, misfits=misfits))[1][0]
    more = "2 more than misfits.largest_share lets be named: b.wav, c.wav"
    assert note == (
        "pump7: 1 of 41 recordings does not fit the others: a.wav (1.5 times the limit); "
        f"left out; {more}"
    )


def test_sessions_that_nothing_tells_promise_nothing_about_another_day():
    (note,) = said(with_alarms(n_sessions=None))[1]
    assert note.startswith("pump7: nothing tells which recordings were made together, so nothing")


def test_a_single_day_says_so_and_how_many_it_takes():
    model = replace(with_alarms(n_sessions=1), is_for_new_sessions=False)
    assert said(model)[1] == ["pump7: 1 day can promise nothing about other days; it takes 10"]
    folders = replace(model, session_source="sub-folders", false_alarms=0.02)
    assert said(folders)[1] == [
        "pump7: 1 folder can promise nothing about other folders; it takes 49"
    ]


def test_sessions_that_are_not_asked_to_tell_of_others_do_not():
    model = replace(with_alarms(n_sessions=3), is_for_new_sessions=False)
    assert said(model)[1] == ["pump7: holds for these days only, as calibration.sessions asks"]


def test_a_rate_of_more_than_half_is_told_in_percent():
    changes = {"n_clips": 2, "n_alarms": 2, "n_sessions": 10, "has_fitted_tail": True}
    model = replace(with_alarms(**changes), false_alarms=0.7)
    assert said(model)[1] == [f"pump7: 2 recordings do not show 70 % false alarms: {ESTIMATE}"]


def test_where_sessions_lack_recordings_are_not_said_to():
    model = with_alarms(n_clips=480, n_sessions=8, has_fitted_tail=True)
    told = "pump7: holds for other days too, with a margin because 8 days are few; 10 do"
    assert said(model)[1] == [told]
    source = DomainAlarms(domain=Domain.SOURCE, n_clips=400, n_alarms=3, n_sessions=12)
    target = replace(model.alarms[0], domain=Domain.TARGET, n_clips=80, n_sessions=3)
    assert said(replace(model, alarms=(source, target)))[1] == [
        f"pump7 section 00: 3 days of target recordings do not show 1 false alarm in 10: {ESTIMATE}"
    ]


def test_enough_sessions_need_no_note():
    assert said(with_alarms(n_sessions=10))[1] == []


def test_a_threshold_beyond_the_recordings_and_siblings_are_told():
    model = replace(
        with_alarms(n_sessions=10, n_clips=12, has_fitted_tail=True), siblings=("pump8",)
    )
    assert said(model)[1] == [
        "pump7: told from pump8",
        f"pump7: 12 recordings do not show 1 false alarm in 10: {ESTIMATE}",
    ]
    (alarms,) = model.alarms
    source = replace(model, alarms=(replace(alarms, domain=Domain.SOURCE),))
    assert said(source)[1][-1].startswith("pump7 section 00: 12 source recordings do not show")
