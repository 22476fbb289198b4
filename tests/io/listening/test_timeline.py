import pytest

from dcase_classic.io.listening.timeline import Clocks, Timeline


class Time:
    """Clocks that stand where they are put."""

    def __init__(self):
        self.wall_s, self.steady_s = 1_000_000.0, 50.0

    @property
    def clocks(self):
        return Clocks(wall=lambda: self.wall_s, steady=lambda: self.steady_s)

    def go(self, seconds):
        self.wall_s += seconds
        self.steady_s += seconds


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def timeline(time):
    return Timeline(time.clocks, gap_s=2.0)


def hear(time, timeline, n, *, passing_s=1.0, is_all=True):
    """Place ``n`` seconds of sound, of which each comes after ``passing_s``."""
    placed = []
    for _ in range(n):
        time.go(passing_s)
        placed.append(timeline.place(1.0, is_all=is_all))
    return placed


def test_live_sound_is_placed_by_the_clock_on_the_wall(time, timeline):
    placed = hear(time, timeline, 3)
    assert placed == [(1_000_000.0, None), (1_000_001.0, None), (1_000_002.0, None)]


def test_a_file_that_comes_faster_is_placed_by_its_samples(time, timeline):
    placed = hear(time, timeline, 100, passing_s=0.01)
    assert placed[-1] == (pytest.approx(placed[0][0] + 99), None)


def test_sound_that_is_held_up_is_not_missing(time, timeline):
    hear(time, timeline, 5)
    time.go(4.0)  # then it comes all at once
    late = [timeline.place(1.0, is_all=number == 3) for number in range(4)]
    assert [pause for _, pause in [*late, *hear(time, timeline, 5)]] == [None] * 9


def test_sound_that_stays_late_is_missing_and_said_once(time, timeline):
    hear(time, timeline, 5)
    time.go(10.0)
    placed = hear(time, timeline, 6)
    pauses = [pause for _, pause in placed if pause is not None]
    assert [pause.condition.value for pause in pauses] == ["gap"]
    assert "10.0 s of sound are missing" in pauses[0].reason
    assert placed[-1][0] == time.wall_s - 1.0


@pytest.mark.parametrize("change_s", [-3600.0, 3600.0])
def test_a_clock_that_is_set_is_said_and_followed(time, timeline, change_s):
    hear(time, timeline, 2)
    time.wall_s += change_s
    ((begin_s, pause),) = hear(time, timeline, 1)
    assert pause.condition.value == "running"
    assert f"{change_s:+.0f} s" in pause.reason
    assert begin_s == time.wall_s - 1.0
    assert hear(time, timeline, 1)[0][1] is None


def test_a_sample_clock_that_is_a_little_off_is_put_right_every_hour(time, timeline):
    hear(time, timeline, 7300, passing_s=1.0002)
    (last,) = hear(time, timeline, 1, passing_s=1.0002)
    assert last[1] is None
    assert abs(last[0] - (time.wall_s - 1.0)) < 0.8


def test_after_a_loss_it_begins_anew(time, timeline):
    hear(time, timeline, 2)
    timeline.forget()
    time.go(100.0)
    assert hear(time, timeline, 1) == [(time.wall_s - 1.0, None)]


def test_sound_that_was_there_before_is_placed_when_it_was_made_and_live_sound_after_it(time):
    began_s = time.wall_s - 5000.0
    timeline = Timeline(time.clocks, gap_s=2.0, began_s=began_s)
    earlier = hear(time, timeline, 5000, passing_s=0.01)
    assert earlier[-1] == (pytest.approx(began_s + 4999), None)
    hear(time, timeline, 50, passing_s=0.0)  # what was written meanwhile
    live = hear(time, timeline, 4000)
    assert live[0] == (pytest.approx(time.wall_s - 4000.0), None)
    assert live[-1] == (pytest.approx(time.wall_s - 1.0), None)
    time.go(10.0)
    reasons = [pause.reason for _, pause in hear(time, timeline, 6) if pause is not None]
    assert reasons == ["about 10.0 s of sound are missing"]


def test_what_comes_first_after_a_loss_is_not_placed_before_it(time):
    timeline = Timeline(time.clocks, gap_s=2.0, began_s=time.wall_s)
    timeline.forget()
    time.go(100.0)
    assert hear(time, timeline, 1) == [(time.wall_s - 1.0, None)]
