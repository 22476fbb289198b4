"""The same commands on a real cluster: a scheduler and two worker processes on this machine."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
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


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The file that holds the address of a scheduler, which has no worker yet."""
    file = tmp_path_factory.mktemp("cluster") / "scheduler.json"
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file)
    process = start("-m", "distributed.cli.dask_scheduler", *options)
    yield file
    process.kill()
    process.wait()


@pytest.fixture
def cluster(scheduler, tmp_path):
    """The address of a scheduler, and its two workers."""
    at = ("--scheduler-file", scheduler)
    # of two cores each: with a single one left, a command waits for more and then works by itself
    options = ("--nthreads", "2", "--no-nanny", "--no-dashboard", "--local-directory")
    workers = [
        start("-m", "distributed.cli.dask_worker", *options, tmp_path / name, *at)
        for name in ("one", "two")
    ]
    address = wait_for_address(scheduler)
    with Client(address, timeout=_PATIENCE_S) as client:
        client.wait_for_workers(2, timeout=_PATIENCE_S)
    yield address, workers
    for process in workers:
        process.kill()
        process.wait()


def wait_for_address(file):
    for _ in range(20 * _PATIENCE_S):
        try:
            return json.loads(file.read_text())["address"]
        except (OSError, ValueError):
            time.sleep(0.05)
    raise TimeoutError(file)


@contextmanager
def killed_in_the_middle(worker, folder):
    """A worker dies where one model is written and others are not, or at last in the end."""
    is_over = threading.Event()

    def kill():
        while not list(folder.rglob("*.joblib")) and not is_over.wait(0.01):
            pass
        worker.kill()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@pytest.mark.uncounted
def test_a_cluster_without_workers_is_refused(scheduler):
    address = wait_for_address(scheduler)
    with Client(address, timeout=_PATIENCE_S):  # it is there, however busy the machine is
        pass
    with (
        pytest.raises(ConfigError, match="the cluster has no worker"),
        dask_cluster(address, answer_s=2),
    ):
        pass


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
    with killed_in_the_middle(workers[0], tmp_path / "there"):
        status, _, error = run("fit", own_data, *models, "--preset", preset)
    assert status == 0, error
    status, _, error = run("score", own_data, *models, "--output", tmp_path / "there" / "out")
    assert status == 0, error
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
