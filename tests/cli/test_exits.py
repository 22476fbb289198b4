"""Exit statuses, closed streams and signals, on real processes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT

from dcase_classic.cli.exits import CRASHED, FAILED, INTERRUPTED, TERMINATED

COMMAND = [sys.executable, "-m", "dcase_classic"]
PROC = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")


def ended(*arguments, tail=None, **options):
    """Exit status, standard output and errors; ``tail`` is what follows the command."""
    command = [*COMMAND, *map(str, arguments)]
    if tail is not None:
        command = ["bash", "-c", f'"$@" {tail}', "-", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout, done.stderr


def run_code(code):
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def raising(expression):
    return run_code(
        "import click\nfrom dcase_classic.cli.exits import run_command\n"
        f"@click.command\ndef verb():\n    raise {expression}\nrun_command(verb, [], name='verb')"
    )


def test_a_fault_of_the_program_has_its_own_status_and_shows_its_traceback():
    status, err = raising("KeyError('x')")
    assert status == CRASHED
    assert err.startswith("Traceback (most recent call last):")
    assert err.endswith("KeyError: 'x'\n")
    assert raising("ImportError('no such module', path='/a.py')")[0] == CRASHED


@pytest.mark.parametrize(
    ("expression", "line"),
    [
        ("MemoryError", "verb: there is not enough memory; try fewer --jobs or fewer recordings"),
        ("OSError", "verb: oserror; check the path, its rights and the free space"),
        (
            "OSError(28, 'No space left on device', '/a/b')",
            "verb: /a/b: no space left on device; check the path, its rights and the free space",
        ),
        (
            "OSError(24, 'Too many open files', b'/a\\n')",
            r"verb: /a\n: too many open files; raise the limit (ulimit -n) or use fewer --jobs",
        ),
        (
            "ImportError('/a.so: failed to map segment', path='/a.so')",
            "verb: /a.so: failed to map segment; free some memory, or install the package again",
        ),
    ],
)
def test_what_the_system_refuses_is_one_line_that_says_something(expression, line):
    assert raising(expression) == (FAILED, line + "\n")


def test_interrupts_have_the_status_that_a_shell_gives_them():
    status, err = raising("KeyboardInterrupt")
    assert (status, err.strip()) == (INTERRUPTED, "interrupted; what was finished is kept")


def test_an_error_while_a_signal_is_handled_is_not_what_ended_the_command():
    status, err = run_code(
        "import click, os, signal, time\nfrom dcase_classic.cli.exits import run_command\n"
        "@click.command\ndef verb():\n    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n        time.sleep(60)\n"
        "    finally:\n        raise RuntimeError('cannot join a thread')\n"
        "run_command(verb, [])"
    )
    assert (status, err) == (TERMINATED, "terminated; what was finished is kept\n")


def test_the_readme_lists_every_status():
    table = (ROOT / "README.md").read_text("utf-8").partition("| status | meaning |")[2]
    rows = [row.split("|")[1] for row in table.partition("\n\n")[0].splitlines()[2:]]
    listed = {int(number) for row in rows for number in re.findall(r"\d+", row)}
    assert listed == {0, 1, 3, FAILED, CRASHED, INTERRUPTED, TERMINATED}


@pytest.mark.parametrize(
    "streams",
    [
        ">&-",
        "2>&-",
        pytest.param(">&- 2>&-", marks=pytest.mark.long),
        "<&- >&- 2>&-",
        "| true",
        "2> >(true)",
    ],
)
def test_results_are_written_whatever_becomes_of_the_streams(data, fitted, tmp_path, streams):
    verb = ["score", data, "--models", fitted, "-o", tmp_path, "--machine", "fan"]
    status, _, err = ended(*verb, tail=f'{streams}; exit "${{PIPESTATUS[0]}}"')
    assert (status, "Traceback" in err) == (0, False)
    assert len(list(tmp_path.glob("*/*.csv"))) == 2


def test_a_reader_that_goes_away_changes_no_status(data, fitted):
    verb = ["predict", data / "dev_data" / "raw" / "pump" / "test", "--models", fitted]
    tail = '--fail-on-anomaly | head -1; exit "${PIPESTATUS[0]}"'
    status, out, err = ended(*verb, tail=tail)
    assert (status, err) == (1, "")
    assert out.startswith("decision")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("verb", [["info"], ["--help"], ["score"]])
def test_a_full_disk_behind_standard_output_is_one_line_and_a_failure(data, fitted, tmp_path, verb):
    if verb == ["score"]:
        verb = ["score", data, "--models", fitted, "-o", tmp_path]
    status, _, err = ended(*verb, tail="> /dev/full")
    assert status == FAILED
    assert err.splitlines()[-1].split(": ", 1)[1].startswith("no space left on device; check")
    assert "Traceback" not in err
    assert "Exception" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_error_changes_no_status(data, fitted):
    verb = ["predict", data / "dev_data" / "raw" / "fan" / "test", "--models", fitted]
    assert ended(*verb, tail="> /dev/null 2> /dev/full")[0] == 0
    assert ended("predict", data, "--models", data / "no", tail="2> /dev/full")[0] == FAILED
    assert ended("info", "--no-such-option", tail="2> /dev/full")[0] == FAILED


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_page_that_cannot_be_written_takes_no_rows_away(data, fitted, tmp_path, run):
    (tmp_path / "page.html").symlink_to("/dev/full")
    clips = sorted((data / "dev_data" / "raw" / "fan" / "test").iterdir())
    verb = ["predict", clips[0], clips[-1], "--models", fitted, "--report-audio", "0"]
    status, out, err = ended(*verb, "--csv", "--report", tmp_path / "page.html")
    rows = run(*verb[:-2], "--csv")[1]
    assert (status, out) == (FAILED, rows), err
    assert rows.count(".wav") == 2


def children(pid):
    """All processes below one."""
    below = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            below += [child, *children(child)]
    return below


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition):
    for _ in range(600):
        if condition():
            return True
        time.sleep(0.05)
    return False


def workers(pid):
    """The children of a process that have become workers: each is a copy of its parent first."""

    def command(child):
        try:
            return Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:  # it has ended since
            return b""

    return [child for child in children(pid) if b"loky.backend.popen" in command(child)]


@pytest.fixture
def busy_fit(data, tmp_path):
    """A fit with two workers that have begun, in a process group of its own, and its processes.

    There is so much to do that it is not done before somebody has looked.
    """
    for number in range(40):
        fan = data / "dev_data" / "raw" / "fan"
        shutil.copytree(fan, tmp_path / "data" / f"fan{number}", copy_function=os.link)
    models = tmp_path / "models"
    verb = ["fit", tmp_path / "data", "--models", models, "--jobs", "2", "--no-cache", "--force"]
    run = subprocess.Popen(
        [*COMMAND, *map(str, verb)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with run:
        assert wait_for(lambda: len(workers(run.pid)) >= 2)
        yield run, children(run.pid)
        run.kill()


@PROC
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, TERMINATED), (signal.SIGINT, INTERRUPTED)]
)
def test_a_run_that_is_asked_to_end_takes_its_workers_with_it(busy_fit, number, status):
    run, processes = busy_fit
    run.send_signal(number)
    _, err = run.communicate(timeout=60)  # the pipe is closed once nobody holds it any more
    assert run.returncode == status, err
    assert err.splitlines()[-1].endswith("; what was finished is kept")
    assert "Traceback" not in err
    assert wait_for(lambda: not any(map(is_running, processes)))


@PROC
def test_workers_end_with_a_killed_run(busy_fit):
    run, processes = busy_fit
    run.kill()
    run.communicate(timeout=60)
    assert wait_for(lambda: not any(map(is_running, processes)))


@PROC
def test_a_killed_worker_ends_the_run_in_one_line(busy_fit):
    run, _ = busy_fit
    os.kill(workers(run.pid)[0], signal.SIGKILL)
    _, err = run.communicate(timeout=60)
    assert run.returncode == FAILED
    line = err.splitlines()[-1]
    assert line.startswith(
        "dcase-classic: a worker process was killed, perhaps for want of memory; "
    )
    assert "Traceback" not in err
