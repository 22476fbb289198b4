"""Fuzz the readers of foreign files: ``python scripts/fuzz.py [TARGET ...] --seconds 60``.

With atheris (``pip install atheris``) the lines that inputs reach guide the search; without it
seeds are changed at random. Targets are in ``tests/fuzz_targets.py``; every finding becomes a test.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

SLOW_S = 5.0
_ON_DISK = Path("/dev/shm")  # noqa: S108 - files that live for a moment, where there is such a place


@click.command()
@click.argument("names", nargs=-1)
@click.option("--seconds", default=60.0, show_default=True, help="For each target.")
@click.option("--corpus", type=click.Path(path_type=Path), help="Keep inputs here.")
@click.option("--seed", default=1, show_default=True)
def main(names: tuple[str, ...], seconds: float, corpus: Path | None, seed: int) -> None:
    """Drive each target for a while; say how many inputs there were and what was found."""
    from fuzz_targets import TARGETS

    n_findings = 0
    with tempfile.TemporaryDirectory() as temporary:
        for name in names or TARGETS:
            folder = (corpus or Path(temporary)) / name.replace(" ", "_")
            (folder / "inputs").mkdir(parents=True, exist_ok=True)
            ended = _run("--drive", name, folder, seconds, seed)  # a fuzzer ends its process
            report = json.loads((folder / "report.json").read_text("utf-8"))
            findings = report["findings"]
            if ended.returncode:
                findings[f"status {ended.returncode}"] = ended.stderr[-2000:]
            covered = _run("--measure", name, folder).stdout.strip()
            click.echo(f"{name}: {report['n_inputs']} inputs, {len(findings)} findings, {covered}")
            for kind, text in findings.items():
                click.echo(f"  {kind}\n{text}")
            n_findings += len(findings)
    sys.exit(1 if n_findings else 0)


class Driver:
    """Tries inputs on one target and keeps what it finds, one of each kind."""

    def __init__(self, name: str, folder: Path) -> None:
        from fuzz_targets import TARGETS

        self.target, self.folder = TARGETS[name], folder
        self.work = Path(tempfile.mkdtemp(dir=_ON_DISK if _ON_DISK.is_dir() else None))
        seeds = self.target.seeds(self.work)
        for number, content in enumerate(seeds):
            (folder / "inputs" / f"seed{number}").write_bytes(content)
        self.most_bytes = max(20_000, *(len(content) for content in seeds))
        warnings.simplefilter("error")  # none may reach a user
        self.n_inputs, self.findings, self.reported_s = 0, dict[str, str](), 0.0
        self.report()

    def __call__(self, content: bytes) -> None:
        """Try one input."""
        self.n_inputs += 1
        begun_s = time.process_time()  # of a busy computer no input is slow
        try:
            self.target.try_bytes(content, self.work)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            where = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} {Path(where.filename).name}:{where.lineno}"
            self.note(kind, content, traceback.format_exc()[-1500:])
        taken_s = time.process_time() - begun_s
        if taken_s > SLOW_S:
            self.note("slow", content, f"{taken_s:.1f} s")
        if time.monotonic() - self.reported_s > 1:
            self.report()

    def note(self, kind: str, content: bytes, text: str) -> None:
        """Keep the first input of a kind."""
        if kind not in self.findings:
            path = self.folder / f"finding{len(self.findings)}"
            path.write_bytes(content)
            self.findings[kind] = f"{path}\n{text}"
            self.report()

    def report(self) -> None:
        """Write what is known so far: the process may end at any moment."""
        self.reported_s = time.monotonic()
        report = {"n_inputs": self.n_inputs, "findings": self.findings}
        (self.folder / "report.json").write_text(json.dumps(report), "utf-8")


def drive(name: str, folder: Path, seconds: float, seed: int) -> None:
    """Fuzz one target in this process."""
    try:
        import atheris
    except ImportError:
        change_at_random(Driver(name, folder), seconds, random.Random(seed))
        return
    with atheris.instrument_imports(include=["dcase_classic", "tomllib", "yaml", "zipfile"]):
        driver = Driver(name, folder)
    limits = ["-rss_limit_mb=3000", f"-max_len={driver.most_bytes}", f"-timeout={10 * int(SLOW_S)}"]
    total_s = max(1, round(seconds))  # 0 would be for ever
    options = [f"-max_total_time={total_s}", f"-seed={seed}", "-verbosity=0", *limits]
    atheris.Setup([sys.argv[0], *options, str(folder / "inputs")], driver)
    atheris.Fuzz()


def change_at_random(driver: Driver, seconds: float, rng: random.Random) -> None:
    """Try seeds with random changes for a while."""
    seeds = [path.read_bytes() for path in sorted((driver.folder / "inputs").iterdir())]
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        driver(changed(rng.choice(seeds), rng))
    driver.report()


def changed(content: bytes, rng: random.Random) -> bytes:
    """The content with some bytes replaced, cut, doubled or put in."""
    words = (b"\xff", b"\0", b"9", b"[", b'"', b",", b"\n", b"../")
    result = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        at, n = rng.randrange(len(result) + 1), rng.randint(1, 8)
        there = bytes(result[at : at + n])
        result[at : at + n] = rng.choice(
            (b"", rng.randbytes(1), there * rng.choice((2, 2000)), rng.choice(words) * n)
        )
        if rng.random() < 0.1:
            del result[at + rng.randint(0, 1000) :]
    return bytes(result)


def measure(name: str, folder: Path) -> None:
    """Print how much of the reader's module the inputs reach."""
    try:
        import coverage
    except ImportError:
        return
    include = [str(ROOT / "dcase_classic" / "*")]
    measured = coverage.Coverage(data_file=None, include=include, config_file=False)
    with tempfile.TemporaryDirectory() as work, measured.collect():
        from fuzz_targets import TARGETS

        TARGETS[name].seeds(Path(work))
        for content in sorted((folder / "inputs").iterdir()):
            try:
                TARGETS[name].try_bytes(content.read_bytes(), Path(work))
            except Exception:  # noqa: BLE001, S112 - told when it was found
                continue
    path = str(ROOT / "dcase_classic" / TARGETS[name].covers)
    _, lines, _, missed, _ = measured.analysis2(path)
    click.echo(f"{len(lines) - len(missed)} of {len(lines)} lines of {TARGETS[name].covers}")


def _run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--drive"]:
        drive(sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
    elif sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
