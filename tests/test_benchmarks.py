import pytest
from conftest import ROOT

pytestmark = pytest.mark.uncounted


@pytest.mark.parametrize(
    ("script", "options", "words"),
    [
        ("ratios.py", ["--quick"], ["against librosa per segment", "over machines", "200 clips"]),
        (
            "end_to_end.py",
            [
                *("--machines", "1", "--train", "14", "--test", "4", "--sounds", "5"),
                *("--preset", "knn", "--jobs", "1", "--no-prepare"),
            ],
            ["| first | fit |", "| again | evaluate |", "18 clips"],
        ),
        pytest.param(
            "end_to_end.py",
            ["--machines", "1", "--train", "14", "--test", "4", "--sounds", "5"],
            ["| first | prepare |", "| again | evaluate |", "18 clips"],
            marks=pytest.mark.long,
        ),
        ("watch_kills.py", ["--kills", "1", "--most-s", "2"], ["0 lost, 0 told under another id"]),
        ("false_alarms_a_week.py", [], ["| `severe`: 2 of 3 s above 200 | normal | 1.2 |"]),
        (
            "watch.py",
            ["--hours", "0.02", "--hop", "4", "--clips", "12"],
            ["fault: told", "of a core"],
        ),
        ("beats.py", ["--clips", "1", "--train", "9", "--machine", "press"], ["press    left out"]),
        ("drift.py", ["--windows", "1000"], ["promise 2.00%", "seasonal  follows", "fixed"]),
        ("kills.py", ["--kills", "1", "--verb", "unpack"], ["1 kills of unpack: 0"]),
        pytest.param(
            "kills.py",
            ["--kills", "2", "--verb", "fit", "--verb", "download"],
            ["2 kills of fit, download: 0"],
            marks=pytest.mark.long,
        ),
        pytest.param(
            "watch_kills.py",
            ["--kills", "2", "--most-s", "2.5"],
            ["0 lost, 0 told under another id"],
            marks=pytest.mark.long,
        ),
        pytest.param(
            "drift.py",
            ["--windows", "3000"],
            ["promise 2.00%", "seasonal  follows", "fixed"],
            marks=pytest.mark.long,
        ),
        ("bad_files.py", ["--clips", "300"], ["3 bad of 15 kinds: 0 wrong, 594 rows"]),
        pytest.param(
            "bad_files.py",
            ["--clips", "1500"],
            ["15 bad of 15 kinds: 0 wrong, 2970 rows"],
            marks=pytest.mark.long,
        ),
    ],
)
def test_the_benchmarks_run(script, options, words, run_script):
    status, out, err = run_script(ROOT / "benchmarks" / script, *options)
    assert status == 0, err
    for word in words:
        assert word in out
