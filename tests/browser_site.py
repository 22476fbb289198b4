"""Pages for a browser: of a machine, hostile names, systems, a watch, and very many rows."""

import json
import shutil

import numpy as np
from conftest import machine_sound, write_machine, write_wav
from pages import data_of
from telling import alarm, status

from dcase_classic.config import load_preset
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.recordings.own_clips import find_own_clips
from dcase_classic.pipeline.evaluate import EvaluationSettings, evaluate_folders
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.page import PageSettings, write_page, write_recordings_page
from dcase_classic.pipeline.page_challenge import challenge_page, with_challenge
from dcase_classic.pipeline.predict import Inquiry, own_clips, predict_clips
from dcase_classic.pipeline.score import ScoreSettings, score
from dcase_classic.report.rehearsal import Rehearsal, rehearsal_page

HOSTILE = (
    "<script>window.hit=1<" + chr(0x2215) + "script>.wav",
    "\"><img src=x onerror='window.hit=1'>.wav",
    "line\nend\u2028.wav",
    "\u202egpj.exe.wav",
    "n" * 246 + ".wav",
    "\u05de\u05e9\u05d0\u05d1\u05d4 12.wav",
    "\u0645\u0636\u062e\u0629-7.wav",
)
LONG_S = 420.0


def write_site(root):
    """All pages in a folder."""
    write_machine(root / "data" / "pump", seed=3)
    models = root / "models"
    fit(root / "data", models, load_preset("default"))
    clips = [clip for clip in find_clips(root / "data") if clip.split == "test"]
    score(clips, models, root / "results", ScoreSettings(with_p_values=True))
    inquiry = Inquiry(clips=clips, models=models)
    write_recordings_page(
        root / "page.html",
        inquiry,
        predict_clips(inquiry),
        PageSettings(n_audio=3),
        complete=lambda page: with_challenge(page, root / "results", None),
    )
    rng = np.random.default_rng(0)
    for name in HOSTILE:
        write_wav(root / "hostile" / name, machine_sound(rng))
    write_wav(root / "hostile" / "2026-01-02 long.wav", machine_sound(rng, seconds=LONG_S))
    write_wav(root / "hostile" / "2026-01-05 whistle.wav", machine_sound(rng, is_anomaly=True))
    hostile = own_clips(find_own_clips(root / "hostile"), "pump")
    inquiry = Inquiry(clips=hostile, models=models)
    write_recordings_page(root / "hostile.html", inquiry, predict_clips(inquiry))
    write_many(root / "page.html", root / "many.html")
    write_systems(root)
    write_watch(root / "watch.html")


def write_watch(path):
    """A page of two weeks of a machine and three alarms, which tell why."""
    watch = Rehearsal()
    for hour in range(14 * 24):
        severity = 300.0 if hour == 100 else 50.0 + hour % 7
        watch.note(status(at_s=1_000_000.0 + 3600 * hour, severity=severity))
    why = (
        "louder than any normal between 2.9 and 3.3 kHz around 4.0-4.5 s (87 % of the score); " * 2
    )
    for number, hour in enumerate((50, 100, 300)):
        begin_s = 1_000_000.0 + 3600 * hour
        end_s = None if hour == 300 else begin_s + 7200
        source = f"/data/recordings/pump/{number} <b>{'long' * 20}.wav"
        told = alarm(number, begin_s=begin_s, end_s=end_s, source=source, why=why)
        watch.note(told)
    write_page(path, rehearsal_page(watch))


def write_many(source, target):
    """A page of a thousand recordings, from one of a few."""
    content = data_of(source)
    rows = content["recordings"]
    content["recordings"] = [{**rows[i % len(rows)], "id": i} for i in range(1000)]
    write_like(source, target, content)


def write_like(source, target, content):
    """A page with other data than another one."""
    html = source.read_text("utf-8")
    start = html.index('id="data">') + len('id="data">')
    data = json.dumps(content).replace("<", "\\u003c")
    target.write_text(html[:start] + data + html[html.index("</script>", start) :], "utf-8")


def write_systems(root):
    """Pages of results beside those of a worse system, and beside published ones."""
    worse = shutil.copytree(root / "results", root / "a worse system with a long name")
    for path in worse.rglob("anomaly_score*.csv"):
        lines = [line.split(",") for line in path.read_text().splitlines()]
        moved = [score for _, score in lines[5:] + lines[:5]]
        rows = [f"{name},{score}\n" for (name, _), score in zip(lines, moved, strict=True)]
        path.write_text("".join(rows))
    folders = [root / "results", worse]
    for name, year in (("systems", None), ("published", 2020)):
        evaluated = evaluate_folders(folders, settings=EvaluationSettings(year=year))
        write_page(root / f"{name}.html", challenge_page(evaluated, year))
