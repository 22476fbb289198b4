"""Make the pictures of docs/report.md again: ``python scripts/pictures.py`` (extras plot, browser).

All sound in them is made by ``dcase-classic demo``.
"""

import shutil
import tempfile
from pathlib import Path

import click
import matplotlib as mpl

from dcase_classic.api import load
from dcase_classic.cli import main as run_command
from dcase_classic.plot import clip as plot_clip

ROOT = Path(__file__).resolve().parents[1]
MACHINE = "DemoFan"
WIDTH, HEIGHT = 920, 640


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "pictures")
def main(out: Path) -> None:
    """Write page.png, a screenshot of a page, and clip.png, a clip with its marks."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder)
        _run("demo", "-o", str(demo))
        test = next((demo / "data").rglob(f"{MACHINE}/test"))
        page = demo / "page.html"
        _run("predict", "--models", str(demo / "models"), str(test), "--report", str(page))
        shoot(page, out / "page.png")
        detector = load(demo / "models", machine_type=MACHINE)
        table = detector.score_frame(test).sort_values("severity", ascending=False)
        worst = table["path"].iloc[0]
        mpl.use("Agg")
        ax = plot_clip(worst, explanation=detector.explain(worst)[0])
        ax.figure.set_size_inches(8, 3.2)
        ax.figure.tight_layout()
        ax.figure.savefig(out / "clip.png", dpi=80)


def shoot(page: Path, path: Path) -> None:
    """A screenshot of the beginning of a page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        tab.goto(page.as_uri())
        tab.locator("details[open] .frame img").wait_for()
        tab.screenshot(path=path)
        browser.close()


def _run(*arguments: str) -> None:
    """The command line, which ends the process; 3 means that there are alarms or skipped files."""
    try:
        run_command([*arguments])
    except SystemExit as stopped:
        if stopped.code:
            raise


if __name__ == "__main__":
    main()
