"""The same commands on a real cluster: a scheduler and two worker processes on this machine."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from parallel_tasks import process_number

from dcase_classic.errors import ConfigError
from dcase_classic.io.artifacts import read_manifest
from dcase_classic.io.results.run_file import RUN_FILE
from dcase_classic.parallel.cluster import dask_cluster
from dcase_classic.parallel.processes import map_ordered

Client = pytest.importorskip("distributed", reason="needs dask and distributed").Client

_PATIENCE_S = 300  # with other work on the same cores


def start(*arguments):
    # several processes share two cores here, and a worker that computes must not count as dead
    patience = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "60s"}
    helpers = str(Path(__file__).parents[1])
    path = os.pathsep.join([helpers, os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        env=os.environ | patience | {"PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def cluster(tmp_path):
    """The address of a scheduler, and its two workers."""
    file = tmp_path / "scheduler.json"
    at = ("--scheduler-file", file)
    scheduler_options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    scheduler = start("-m", "distributed.cli.dask_scheduler", *scheduler_options, *at)
    # of two cores each: with a single one left, a command waits for more and then works by itself
    worker_options = ("--nthreads", "2", "--no-nanny", "--no-dashboard", "--local-directory")
    workers = [
        start("-m", "distributed.cli.dask_worker", *worker_options, tmp_path / name, *at)
        for name in ("one", "two")
    ]
    address = wait_for_address(file)
    with Client(address, timeout=_PATIENCE_S) as client:
        client.wait_for_workers(2, timeout=_PATIENCE_S)
    yield address, workers
    for process in [*workers, scheduler]:
        process.kill()
        process.wait()


def wait_for_address(file):
    for _ in range(20 * _PATIENCE_S):
        try:
            return json.loads(file.read_text())["address"]
        except (OSError, ValueError):
            time.sleep(0.05)
    raise TimeoutError(file)


def command(verb, *arguments):
    words = [sys.executable, "-m", "dcase_classic", verb, *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(process):
    error = process.communicate(timeout=4 * _PATIENCE_S)[1]
    assert process.returncode == 0, error


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("n_machines", "preset"), [pytest.param(1, "classic", marks=pytest.mark.long), (6, "knn")]
)
def test_the_work_is_done_by_the_workers_and_gives_the_same_bytes_even_if_one_dies(
    run, own_data, tmp_path, cluster, n_machines, preset
):
    for number in range(2, n_machines):
        (own_data / f"pump{number}").symlink_to(own_data / "pump")
    machines = [] if n_machines > 1 else ["--machine", "pump"]
    address, workers = cluster
    with dask_cluster(address, answer_s=_PATIENCE_S):
        done_by = set(map_ordered(process_number, range(40)))
    assert done_by
    assert done_by <= {worker.pid for worker in workers}
    models = ("--models", tmp_path / "here" / "models", "--no-cache", *machines)
    assert run("fit", own_data, *models, "--preset", preset)[0] == 0
    assert run("score", own_data, *models, "--output", tmp_path / "here" / "out")[0] == 0
    options = ("--no-cache", *machines, "--backend", "dask", "--scheduler", address)
    models = ("--models", tmp_path / "there" / "models", *options)
    running = command("fit", own_data, *models, "--preset", preset)
    time.sleep(0.1)
    while running.poll() is None and not list((tmp_path / "there").rglob("*.joblib")):
        time.sleep(0.01)
    workers[0].kill()  # in the middle: one model is written, others are not
    finish(running)
    finish(command("score", own_data, *models, "--output", tmp_path / "there" / "out"))
    here, there = (
        sorted(
            path
            for path in (tmp_path / where).rglob("*.*")
            if path.suffix != ".part" and path.name != RUN_FILE  # it names folders
        )
        for where in ("here", "there")
    )
    assert [path.name for path in here] == [path.name for path in there]
    assert [path.read_bytes() for path in here if path.is_file()] == [
        path.read_bytes() for path in there if path.is_file()
    ]
    assert len(read_manifest(tmp_path / "there" / "models")) == n_machines


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://"])
def test_an_address_without_a_scheduler_is_named(address):
    with (
        pytest.raises(ConfigError, match=f"{address}: no Dask scheduler answers"),
        dask_cluster(address, answer_s=0.5),
    ):
        pass


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ConfigError, match=r"pip install 'dcase_classic\[dask\]'"),
        dask_cluster("tcp://127.0.0.1:9"),
    ):
        pass


@pytest.mark.parametrize("options", [["--backend", "dask"], ["--scheduler", "tcp://a:1"]])
def test_backend_and_scheduler_need_each_other(run, data, tmp_path, options):
    status, _, error = run("fit", data, "--models", tmp_path, *options)
    assert status == 2
    assert "need each other" in error


@pytest.mark.uncounted
def test_a_cluster_without_workers_is_refused(tmp_path):
    file = tmp_path / "scheduler.json"
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file)
    scheduler = start("-m", "distributed.cli.dask_scheduler", *options)
    try:
        with (
            pytest.raises(ConfigError, match="the cluster has no worker"),
            dask_cluster(wait_for_address(file), answer_s=4),
        ):
            pass
    finally:
        scheduler.kill()
        scheduler.wait()
