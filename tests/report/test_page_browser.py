"""The page in a real browser; ``scripts/browser`` installs one and runs all of it."""

import json
import os
import shutil

import numpy as np
import pytest
from conftest import machine_sound, write_machine, write_wav

from dcase_classic.config import load_preset
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.recordings.own_clips import find_own_clips
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.page import PagePrinter, PageSettings
from dcase_classic.pipeline.page_challenge import with_challenge
from dcase_classic.pipeline.predict import Inquiry, own_clips, predict_clips
from dcase_classic.pipeline.score import ScoreSettings, score

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
SHOTS = os.environ.get("BROWSER_SHOTS")  # a folder for screenshots
HOSTILE = (
    "<script>window.hit=1<" + chr(0x2215) + "script>.wav",
    "\"><img src=x onerror='window.hit=1'>.wav",
    "line\nend\u2028.wav",
    "\u202egpj.exe.wav",
    "n" * 200 + ".wav",
)

PLAY = """audio => new Promise(done => {
    audio.ontimeupdate = () => {
        if (audio.currentTime > 0.1) { audio.pause(); done(audio.currentTime); }
    };
    audio.play();
})"""

if CHROMIUM is None:
    pytest.skip("no chromium: scripts/browser installs it", allow_module_level=True)
sync_api = pytest.importorskip(
    "playwright.sync_api", reason="no playwright: scripts/browser installs it"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A page of a machine with metrics, and one of recordings with hostile names."""
    root = tmp_path_factory.mktemp("site")
    write_machine(root / "data" / "pump", seed=3)
    models = root / "models"
    fit(root / "data", models, load_preset("default"))
    clips = [clip for clip in find_clips(root / "data") if clip.split == "test"]
    score(clips, models, root / "results", ScoreSettings(with_p_values=True))
    printer = PagePrinter(
        path=root / "page.html",
        settings=PageSettings(n_audio=3),
        complete=lambda page: with_challenge(page, root / "results", None),
    )
    inquiry = Inquiry(clips=clips, models=models)
    printer.print(inquiry, predict_clips(inquiry))
    rng = np.random.default_rng(0)
    for name in HOSTILE:
        write_wav(root / "hostile" / name, machine_sound(rng))
    write_wav(root / "hostile" / "2026-01-02 long.wav", machine_sound(rng, seconds=9.0))
    write_wav(root / "hostile" / "2026-01-05 whistle.wav", machine_sound(rng, is_anomaly=True))
    hostile = own_clips(find_own_clips(root / "hostile"), "pump")
    inquiry = Inquiry(clips=hostile, models=models)
    PagePrinter(path=root / "hostile.html").print(inquiry, predict_clips(inquiry))
    return root


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, site):
    """Opens a page; at the end nothing was complained of and nothing was asked for elsewhere."""
    contexts, said = [], []

    def call(name="page.html", *, fragment="", width=1440, scheme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        tab = context.new_page()
        address = (site / name).as_uri()
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on(
            "request",
            lambda request: request.url.startswith(("data:", address)) or said.append(request.url),
        )
        tab.goto(address + fragment)
        tab.locator("html[data-ready=yes]").wait_for()
        return tab

    yield call
    for context in contexts:
        context.close()
    assert said == []


def names(tab):
    return tab.locator("summary .name").all_inner_texts()


def test_the_worst_recording_is_open_with_its_picture_marks_and_reasons(opened):
    tab = opened()
    picture = tab.locator("details[open] .frame img")
    assert picture.count() == 1
    assert picture.evaluate("image => image.naturalWidth") > 20
    assert tab.locator("details[open] .mark").count() >= 1
    assert tab.locator("details[open] ol li").count() >= 1
    marks = tab.get_by_role("button", name="Marks")
    marks.click()
    assert not tab.locator("details[open] .mark").first.is_visible()
    marks.click()
    assert tab.locator("details[open] .mark").first.is_visible()


def test_both_players_play(opened):
    tab = opened()
    assert tab.locator("details[open] audio").count() == 2
    for player in tab.locator("details[open] audio").all():
        assert player.evaluate(PLAY) > 0.1
        assert player.evaluate("audio => audio.error") is None


def test_filters_search_order_and_links_work(opened):
    tab = opened()
    n_all = len(names(tab))
    tab.get_by_label("Search", exact=True).fill("anomaly_0001")
    assert 0 < len(names(tab)) < n_all
    assert "q=anomaly_0001" in tab.url
    tab.get_by_label("Search", exact=True).fill("")
    tab.get_by_label("Decision", exact=True).select_option("normal")
    assert set(tab.locator(".badge").all_inner_texts()) == {"normal"}
    tab.get_by_label("Decision", exact=True).select_option("all")
    tab.get_by_label("Order", exact=True).select_option("name")
    assert names(tab) == sorted(names(tab))
    tab.locator("summary").nth(4).click()
    tab.locator("details[open] .body").wait_for()
    linked = opened(fragment=tab.url.partition(".html")[2])
    assert linked.locator("details[open] .name").inner_text() == names(tab)[4]


def test_the_keyboard_alone_reaches_and_opens_everything(opened):
    tab = opened()
    reached = []
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.append(
            tab.evaluate(
                "document.activeElement.tagName + ':' + (document.activeElement.type || '')"
            )
        )
    for kind in ("A:", "INPUT:search", "SELECT:select-one", "SUMMARY:", "BUTTON:button", "AUDIO:"):
        assert kind in reached, kind
    tab.locator("summary").nth(1).focus()
    tab.keyboard.press("Enter")
    assert tab.locator("details").nth(1).get_attribute("open") is not None


def test_metrics_histograms_curves_and_models_are_drawn(opened):
    tab = opened()
    for part in ("challenge", "models"):
        assert tab.locator(f"#{part}").count() == 1
    charts = tab.locator("#challenge figure figcaption").all_inner_texts()
    for word in ("scores of", "ROC", "nominal rate"):
        assert any(word in chart for chart in charts)
    assert tab.locator("#challenge table").count() >= 2


def test_hostile_names_do_nothing(opened):
    tab = opened("hostile.html")
    assert tab.evaluate("window.hit") is None
    assert tab.locator("main script, main img[src=x]").count() == 0
    shown = names(tab)
    assert len(shown) == 7
    assert any(name.startswith("<script>") for name in shown)
    assert all("\u202e" not in name for name in shown)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1440


def test_a_press_on_the_curve_plays_from_there_and_dates_make_a_trend(opened):
    tab = opened("hostile.html")
    assert tab.locator("#recordings > figure circle").count() == 7
    tab.locator("summary", has_text="long.wav").click()
    curve = tab.locator("details", has_text="long.wav").locator(".curve button")
    curve.first.wait_for()
    assert curve.count() > 5
    curve.nth(5).click()
    audio = tab.locator("details", has_text="long.wav").locator("audio").first
    tab.get_by_text("Playing from").wait_for()
    assert audio.evaluate(PLAY) > 1.0


@pytest.mark.parametrize("width", [375, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["page", "hostile"])
def test_every_width_and_scheme_is_accessible_and_fits(opened, name, width, scheme):
    tab = opened(f"{name}.html", width=width, scheme=scheme)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    if SHOTS:
        tab.screenshot(path=f"{SHOTS}/{name}_{width}_{scheme}.png", full_page=True)
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core")
    results = axe.Axe().run(tab)
    serious = [
        (item["id"], [node["html"][:200] for node in item["nodes"]][:3])
        for item in results.response["violations"]
        if item["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_a_thousand_recordings_are_paged_and_open_at_once(opened, site):
    html = (site / "page.html").read_text("utf-8")
    start = html.index('id="data">') + len('id="data">')
    end = html.index("</script>", start)
    content = json.loads(html[start:end])
    rows = content["recordings"]
    content["recordings"] = [
        {**rows[i % len(rows)], "id": i, "picture": None, "audio": None, "nearest": None}
        for i in range(1000)
    ]
    data = json.dumps(content).replace("<", "\\u003c")
    (site / "many.html").write_text(html[:start] + data + html[end:], "utf-8")
    tab = opened("many.html")
    assert tab.locator("summary").count() == 50
    tab.get_by_role("button", name="Next").click()
    assert "page 2 of 20" in tab.locator(".pager").inner_text()
    assert tab.locator("p[role=status]").first.inner_text() == "1000 of 1000 recordings"
