"""The page in a real browser; ``scripts/browser`` installs one and runs all of it."""

import json
import os
import shutil

import pytest
from browser_site import HOSTILE, write_like, write_site
from pages import data_of

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
SHOTS = os.environ.get("BROWSER_SHOTS")  # a folder for screenshots
PLAY = """audio => new Promise(done => {
    audio.ontimeupdate = () =>
        { if (audio.currentTime > 0.1) { audio.pause(); done(audio.currentTime); } };
    audio.play();
})"""

if CHROMIUM is None:
    pytest.skip("no chromium: scripts/browser installs it", allow_module_level=True)
sync_api = pytest.importorskip(
    "playwright.sync_api", reason="no playwright: scripts/browser installs it"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The pages that are opened."""
    root = tmp_path_factory.mktemp("site")
    write_site(root)
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


def test_a_mark_has_the_number_of_its_reason(opened, site):
    content = data_of(site / "page.html")
    worst = content["recordings"][0]
    placed = worst["why"][0]
    worst["why"] = [{**placed, "box": None}, {**placed, "box": [0.2, 0.4, 0.2, 0.4]}]
    write_like(site / "page.html", site / "marked.html", content)
    tab = opened("marked.html")
    assert tab.locator("details[open] .mark").all_inner_texts() == ["2"]
    assert tab.locator("details[open] ol li").count() == 2


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


def test_a_domain_without_recordings_is_not_drawn_as_a_perfect_one(opened, site):
    content = data_of(site / "page.html")
    (system,) = content["challenge"]["systems"]
    (section,) = system["sections"]
    kept = [i for i, is_target in enumerate(section["is_target"]) if not is_target]
    for key in ("scores", "is_anomaly", "is_target", "p_values"):
        section[key] = [section[key][i] for i in kept]
    nothing = dict.fromkeys(system["rows"][0]["counts"]["target"], 0)
    system["rows"][0]["counts"]["target"] = nothing
    write_like(site / "page.html", site / "source.html", content)
    tab = opened("source.html")
    captions = tab.locator("#challenge figcaption").all_inner_texts()
    assert len(captions) == 3
    assert not any("target" in caption for caption in captions)
    assert tab.locator("#challenge path.target").count() == 0
    decisions = tab.get_by_role("table", name="Decisions")
    assert decisions.locator("tbody tr").count() == 1


@pytest.mark.parametrize(("threshold", "x"), [(-1e3, "36"), (1e3, "312")])
def test_a_threshold_outside_the_scores_is_drawn_inside_the_chart(opened, site, threshold, x):
    content = data_of(site / "page.html")
    content["challenge"]["systems"][0]["sections"][0]["threshold"] = threshold
    write_like(site / "page.html", site / "threshold.html", content)
    limit = opened("threshold.html").locator("#challenge line.limit").first
    assert limit.get_attribute("x1") == x


@pytest.mark.parametrize(("rule", "n_lines"), [("shared anomalies", 3), ("per domain", 2)])
def test_curves_are_those_of_the_areas_beside_them(opened, site, rule, n_lines):
    content = data_of(site / "page.html")
    (system,) = content["challenge"]["systems"]
    system["rule"] = rule
    truth = [(0, 0), (0, 1), (1, 0), (1, 1)]  # is_target, is_anomaly
    (section,) = system["sections"]
    section |= {"is_target": [t for t, _ in truth], "is_anomaly": [a for _, a in truth]}
    section |= {"scores": [2e-9, 3e-9, 4e-9, 1e-9], "threshold": None, "p_values": None}
    write_like(site / "page.html", site / "source.html", content)
    charts = opened("source.html").locator("#challenge figure")
    assert "1.00e-9" in charts.first.locator("svg").text_content()
    chart = charts.nth(2)
    assert ("dotted" in chart.locator("figcaption").inner_text()) == (n_lines == 3)
    lines = chart.locator("path.line")
    assert lines.count() == n_lines
    # the source finds its own anomaly at once, and not that of the target, which scores lowest
    steps = {
        3: "M36.0 188.0L36.0 99.0L312.0 99.0L312.0 10.0",
        2: "M36.0 188.0L36.0 10.0L312.0 10.0",
    }
    assert lines.first.get_attribute("d") == steps[n_lines]


@pytest.mark.parametrize("label", [0, 1])
def test_a_section_of_one_class_has_no_roc(opened, site, label):
    content = data_of(site / "page.html")
    (section,) = content["challenge"]["systems"][0]["sections"]
    section["is_anomaly"] = [label] * len(section["scores"])
    write_like(site / "page.html", site / "class.html", content)
    captions = opened("class.html").locator("#challenge figcaption").all_inner_texts()
    assert captions
    assert not any("ROC" in caption for caption in captions)


def test_hostile_names_do_nothing(opened):
    tab = opened("hostile.html")
    assert tab.evaluate("window.hit") is None
    assert tab.locator("main script, main img[src=x]").count() == 0
    shown = names(tab)
    assert len(shown) == len(HOSTILE) + 2
    assert any(name.startswith("<script>") for name in shown)
    assert all("\u202e" not in name for name in shown)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1440


def test_long_names_without_blanks_are_broken_on_a_phone(opened, site):
    content = data_of(site / "page.html")
    content["overview"] = content["models"][0]["title"] = "n" * 200
    write_like(site / "page.html", site / "names.html", content)
    width = opened("names.html", width=375).evaluate("document.documentElement.scrollWidth")
    assert width <= 375


def test_a_press_on_the_curve_plays_from_there_and_dates_make_a_trend(opened):
    tab = opened("hostile.html")
    assert tab.locator("#recordings > figure circle").count() == len(HOSTILE) + 2
    long = opened_long(tab)
    heard = long.locator(".curve button:not(.unheard)")
    assert 5 < heard.count() < long.locator(".curve button").count()
    heard.nth(5).click(position={"x": 1, "y": 3})  # above a low bar
    tab.get_by_text("Playing from").wait_for()
    assert long.locator("audio").first.evaluate(PLAY) > 1.0
    long.locator(".curve button.unheard").last.click()
    tab.get_by_text("is not in this page").wait_for()


def opened_long(tab):
    """The long recording, opened."""
    long = tab.locator("details", has_text="long.wav")
    if long.get_attribute("open") is None:
        long.locator("summary").click()
    long.locator(".curve button").first.wait_for()
    return long


def test_the_arrow_keys_go_along_the_curve_which_takes_the_tab_key_once(opened):
    tab = opened("hostile.html", width=375)
    bars = opened_long(tab).locator(".curve button")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 375
    assert bars.evaluate_all("bars => bars.filter(bar => bar.tabIndex === 0).length") == 1
    bars.nth(3).focus()
    tab.keyboard.press("ArrowRight")
    assert bars.nth(4).evaluate("bar => bar === document.activeElement && bar.tabIndex === 0")
    tab.keyboard.press("End")
    assert bars.last.evaluate("bar => bar === document.activeElement")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('.curve')") is None


def test_ticks_stand_at_their_seconds(opened):
    tab = opened("hostile.html")
    row = next(row for row in data_rows(tab) if row["name"].endswith("long.wav"))
    ticks = opened_long(tab).locator(".picture .xs span")
    places = ticks.evaluate_all(
        """ticks => ticks.map(tick => {
            const axis = tick.parentElement.getBoundingClientRect();
            const own = tick.getBoundingClientRect();
            return ((own.left + own.right) / 2 - axis.left) / axis.width;
        })"""
    )
    inner = [i for i, (place, _) in enumerate(row["picture"]["seconds"]) if 0.02 < place < 0.98]
    assert len(inner) > 2
    wanted = [row["picture"]["seconds"][i][0] for i in inner]
    assert [places[i] for i in inner] == pytest.approx(wanted, abs=0.01)


def data_rows(tab):
    """The recordings of a page."""
    return json.loads(tab.locator("#data").text_content())["recordings"]


def test_names_begin_at_the_left_and_long_ones_are_whole_when_they_are_open(opened):
    tab = opened("hostile.html", width=375)
    left = tab.locator("summary .name").evaluate_all(
        """names => names.map(name => {
            const range = document.createRange(); range.selectNodeContents(name);
            return Math.round(range.getBoundingClientRect().left);
        })"""
    )
    assert len(set(left)) == 1
    long = tab.locator("summary .name", has_text="n" * 246)
    is_cut = "name => name.scrollHeight > name.clientHeight + 2"
    assert long.evaluate(is_cut)
    long.click()
    assert not long.evaluate(is_cut)


def test_another_address_in_the_same_tab_shows_another_recording(opened):
    tab = opened("many.html")
    assert "#" not in tab.url
    tab.evaluate("location.hash = 'r=720&decision=unheard-of'")
    tab.locator("#r720[open] .body").wait_for()
    assert "page 2 of 20" in tab.locator(".pager").inner_text()
    assert tab.get_by_label("Decision", exact=True).input_value() == ""


def test_wide_tables_keep_their_first_column_and_fit_a_large_screen(opened):
    phone = opened("systems.html", width=375).locator(".scroll").first
    phone.evaluate("box => { box.scrollLeft = 150; }")
    at = "box => box.getBoundingClientRect().left"
    assert phone.evaluate("box => box.scrollLeft") == 150
    assert phone.locator("td").first.evaluate(at) == phone.evaluate(at)
    large = opened("systems.html").locator(".scroll")
    assert large.evaluate_all("boxes => boxes.every(box => box.scrollWidth <= box.clientWidth)")


def test_systems_stand_beside_published_ones_and_each_other(opened):
    tab = opened("published.html")
    assert tab.locator("#challenge h3 bdi").count() == 2
    assert "AE baseline [F]" in tab.locator("#challenge table").first.inner_text()
    assert any("ROC" in text for text in tab.locator("#challenge figcaption").all_inner_texts())
    said = tab.locator("#challenge li").all_inner_texts()
    for words in ("totals are not compared", "the rule is 'per section', but the clips are named"):
        assert any(words in text for text in said)
    pairs = opened("systems.html").get_by_role("table", name="Paired comparison")
    assert pairs.locator("tbody tr").count() == 1


def test_a_watch_shows_its_hours_and_alarms_and_tells_why_in_view(opened):
    tab = opened("watch.html")
    assert tab.locator("#watch rect.area").count() == 3
    assert tab.locator("#watch rect.anomaly").count() == 1
    assert tab.locator("#watch rect.normal").count() == 14 * 24 - 1
    ends = tab.locator("#watch svg text").all_text_contents()[-2:]
    assert ends == ["1970-01-12 13:00", "1970-01-26 13:00"]
    box = tab.locator(".scroll")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert "87 % of the score" in box.inner_text()
    tablet = opened("watch.html", width=768).locator(".scroll")
    why = tablet.locator("td", has_text="87 % of the score").first
    seen = tablet.evaluate("box => box.getBoundingClientRect().right")
    assert why.evaluate("cell => cell.getBoundingClientRect().right") <= seen


def test_what_cannot_be_heard_or_pressed_is_not_printed(opened):
    tab = opened(scheme="dark")
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for hidden in (".players", ".tools", ".marks", "#parts"):
        assert not tab.locator(hidden).first.is_visible(), hidden
    for shown in (".picture img", ".numbers dl", ".bars"):
        assert tab.locator(shown).first.is_visible(), shown


@pytest.mark.parametrize("width", [375, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["page", "hostile", "systems", "published", "watch", "many"])
def test_every_width_and_scheme_is_accessible_and_fits(opened, name, width, scheme):
    tab = opened(f"{name}.html", width=width, scheme=scheme)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    if SHOTS:
        tab.screenshot(path=f"{SHOTS}/{name}_{width}_{scheme}.png", full_page=True)
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core")
    serious = [
        (item["id"], [node["html"][:200] for node in item["nodes"]][:3])
        for item in axe.Axe().run(tab).response["violations"]
        if item["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_a_thousand_recordings_are_paged_and_open_at_once(opened):
    tab = opened("many.html")
    assert tab.locator("summary").count() == 50
    tab.get_by_role("button", name="Next").click()
    assert "page 2 of 20" in tab.locator(".pager").inner_text()
    assert tab.locator("p[role=status]").first.inner_text() == "1000 of 1000 recordings"


def test_as_many_recordings_as_there_are_files_can_be_shown(opened, site):
    content = data_of(site / "hostile.html")
    bare = {"picture": None, "audio": None, "nearest": None, "why": [], "families": []}
    rows = [{**row, **bare, "windows": []} for row in content["recordings"]]
    content["recordings"] = [{**rows[i % len(rows)], "id": i} for i in range(150_000)]
    write_like(site / "hostile.html", site / "very_many.html", content)
    tab = opened("very_many.html")
    assert "150000 of 150000" in tab.locator("p[role=status]").first.inner_text()
