// Recordings: filters, order, what is seen and heard of each, severity by date.

const PAGE = 50;
const USUAL = { q: "", machine: "", decision: "", sort: "severity", page: "0", r: "" };
const state = { ...USUAL };
const readHash = () => {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const [key, usual] of Object.entries(USUAL)) state[key] = given.get(key) ?? usual;
};
const writeHash = () => {
  const changed = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) {
    if (value !== USUAL[key]) changed.set(key, value);
  }
  const text = changed.toString();
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
};
const kind = (row) => (row.decision === null ? "none" : row.decision ? "bad" : "good");
const WORDS = { none: "not scored", bad: "anomaly", good: "normal" };
const byName = new Intl.Collator(undefined, { numeric: true });
const SORTS = {
  severity: (a, b) => (b.severity ?? -Infinity) - (a.severity ?? -Infinity),
  name: (a, b) => byName.compare(a.name, b.name),
  newest: (a, b) => (b.date ?? "").localeCompare(a.date ?? ""),
  oldest: (a, b) => (a.date ?? "").localeCompare(b.date ?? ""),
};
const chosen = () => {
  const words = state.q.toLowerCase();
  return data.recordings
    .filter((row) => (!state.machine || row.machine === state.machine)
      && (!state.decision || kind(row) === state.decision)
      && (!words || `${row.path} ${row.verdict} ${row.flags}`.toLowerCase().includes(words)))
    .sort(SORTS[state.sort]);
};

const gauge = (row) => {
  if (row.severity === null) return make("span", { class: "soft" }, "no score");
  const bar = make("i"), box = make("div", {
    class: `gauge ${kind(row)}`, role: "img",
    "aria-label": `severity ${row.severity.toFixed(0)}, the threshold is at 100`,
  }, bar, make("b"), make("span", {}, row.severity.toFixed(0)));
  bar.style.width = `${clamp(row.severity / 2, 1, 100)}%`;
  return box;
};

const picture = (row) => {
  const marks = [], frame = make("div", { class: "frame" },
    make("img", { src: row.picture.src, alt: `Log-mel spectrogram of ${row.name}` }));
  row.why.forEach((reason, position) => {
    if (!reason.box) return;
    const mark = make("div", { class: "mark" }, make("span", {}, `${position + 1}`));
    const [left, right, bottom, top] = reason.box;
    mark.style.left = `${100 * left}%`; mark.style.width = `${100 * (right - left)}%`;
    mark.style.bottom = `${100 * bottom}%`; mark.style.height = `${100 * (top - bottom)}%`;
    frame.append(mark); marks.push(mark);
  });
  const axis = (ticks, side, name) => {
    const box = make("div", { class: name, "aria-hidden": "true" });
    for (const [place, text] of ticks) {
      const tick = make("span", { class: place < 0.02 ? "first" : place > 0.98 ? "last" : null }, text);
      tick.style[side] = `${100 * place}%`; box.append(tick);
    }
    return box;
  };
  const toggle = make("button", { type: "button", class: "marks", "aria-pressed": "true" }, "Marks");
  toggle.addEventListener("click", () => {
    const isOn = toggle.getAttribute("aria-pressed") !== "true";
    toggle.setAttribute("aria-pressed", String(isOn));
    for (const mark of marks) mark.hidden = !isOn;
  });
  return make("div", {}, make("div", { class: "picture" },
    axis(row.picture.hz, "bottom", "ys"), frame, axis(row.picture.seconds, "left", "xs")),
  marks.length ? toggle : null);
};

const NOT_HEARD = "Not in this page; --report-audio N puts more recordings into it.";
const NOT_SHOWN = "Not in this page: it is not among the worst, or has no score.";

// Why a sound cannot be heard.
const absent = (problem, isSeen) => (problem ? `Not in this page (${problem}).` : isSeen ? NOT_HEARD : NOT_SHOWN);

const player = (sound, caption, why) => {
  const figure = make("figure", {}, make("figcaption", {}, caption));
  if (!sound) {
    figure.append(make("p", { class: "soft" }, why));
    return figure;
  }
  const audio = make("audio", { controls: true, preload: "metadata", src: sound.src, "aria-label": caption });
  if (!audio.canPlayType(sound.type)) {
    figure.append(make("p", {}, `This browser does not play ${sound.type}; make the page with --report-sound wav.`));
  }
  audio.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
  });
  figure.append(audio);
  return figure;
};

const bars = (row) => {
  const most = Math.max(...row.families.map(([, , share]) => Math.abs(share)), 1e-9);
  const box = make("div", { class: "bars" });
  for (const [family, aspect, share] of row.families) {
    const bar = make("i");
    bar.style.width = `${(100 * Math.max(share, 0)) / most}%`;
    box.append(make("span", {}, aspect.startsWith(family) ? aspect : `${aspect} (${family})`), make("div", { class: "bar" }, bar), make("span", {}, number(share)));
  }
  return box;
};

// Bars of windows; one of them is in the order of the keyboard, arrows go to the others.
const curve = (row, audio) => {
  const most = Math.max(150, ...row.windows.map(([, , severity]) => severity ?? 0));
  const isHeard = (start) => audio !== null && start >= row.audio.start && start < row.audio.start + row.audio.length;
  const isWhole = row.windows.every(([start]) => isHeard(start));
  const note = make("p", { class: "soft", role: "status" }, `Press a bar to listen from there.${isWhole ? "" : " The pale ones cannot be heard in this page."}`);
  const limit = make("div", { class: "limit" }, make("span", {}, "100")), box = make("div", { class: "curve", role: "toolbar", "aria-label": "Severity over time; the arrow keys go along" }, limit);
  limit.style.bottom = `${10000 / most}%`;
  const play = (start) => {
    if (!isHeard(start)) { note.textContent = `${start.toFixed(1)} s is not in this page; open the file itself.`; return; }
    audio.currentTime = start - row.audio.start;
    audio.play().then(() => { note.textContent = `Playing from ${start.toFixed(1)} s.`; }, (problem) => { note.textContent = `Cannot be played: ${problem.message}`; });
  };
  const buttons = row.windows.map(([start, end, severity, decision]) => {
    const words = severity === null ? "no score" : `severity ${severity.toFixed(0)}`, bar = make("i");
    bar.style.height = `${clamp((100 * (severity ?? 0)) / most, 2, 100)}%`;
    const button = make("button", {
      type: "button", tabindex: "-1", class: `${decision === null ? "none" : decision ? "bad" : "good"}${isHeard(start) ? "" : " unheard"}`,
      "aria-label": `${start.toFixed(1)} to ${end.toFixed(1)} s: ${words}`, title: `${start.toFixed(1)} s: ${words}`,
    }, bar);
    button.addEventListener("click", () => play(start));
    return button;
  });
  const reach = (button) => { for (const other of buttons) other.tabIndex = other === button ? 0 : -1; };
  reach(buttons[row.windows.reduce((worst, [, , severity], i) => ((severity ?? -Infinity) > (row.windows[worst][2] ?? -Infinity) ? i : worst), 0)]);
  box.addEventListener("focusin", (event) => reach(event.target));
  box.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -buttons.length, End: buttons.length }[event.key];
    if (!step) return;
    event.preventDefault();
    buttons[clamp(buttons.indexOf(event.target) + step, 0, buttons.length - 1)].focus();
  });
  box.append(...buttons);
  const ends = [row.windows[0][0], row.windows[row.windows.length - 1][1]];
  return make("div", {}, make("h3", {}, "Severity over time"), box, make("div", { class: "ends", "aria-hidden": "true" }, ...ends.map((end) => make("span", {}, `${number(end, 0)} s`))), note);
};

const details = (row) => {
  const seen = make("div", { class: "seen" }), heard = make("div", { class: "heard" }), numbers = make("div", { class: "numbers" });
  if (row.picture) seen.append(picture(row));
  const reasons = row.why.filter((reason) => reason.text);
  if (reasons.length) {
    seen.append(make("h3", {}, "Why"), make("ol", {}, ...reasons.map((reason) => make("li", {}, reason.text))));
  }
  if (row.usual) seen.append(make("p", { class: "soft" }, row.usual));
  const begin = row.audio && row.audio.start > 0 ? `, from ${row.audio.start.toFixed(0)} s` : "";
  const own = player(row.audio, `This recording${begin}`, absent(row.problem, row.picture));
  heard.append(make("div", { class: "players" }, make("h3", {}, "Listen"), own,
    row.nearest ? player(row.nearest.audio, `Nearest normal: ${row.nearest.name}`, absent(row.nearest.problem, row.picture)) : null,
    row.audio && row.nearest?.audio ? make("p", { class: "soft" }, "Both are played with the same gain.") : null));
  if (row.families.length) heard.append(make("h3", {}, "What adds to the score"), bars(row));
  if (row.windows.length) seen.append(curve(row, own.querySelector("audio")));
  numbers.append(make("h3", {}, "Numbers"), make("dl", { class: "card" }, ...[
    ["score", number(row.score, 4)], ["threshold", number(row.threshold, 4)],
    ["p-value", row.p_value === null ? "–" : `${row.is_extrapolated ? "about " : ""}${row.p_value.toPrecision(2)}`],
    ["machine", row.machine || "–"], ["date", row.date ? `${row.date} (${row.date_source})` : "–"], ["file", row.path],
    ...(row.flags && !row.verdict.includes(row.flags) ? [["note", row.flags]] : []),
  ].flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, make("bdi", {}, value))])));
  return make("div", { class: "body" }, seen, heard, numbers);
};

const item = (row) => {
  const head = make("summary", {}, gauge(row), make("bdi", { class: "name" }, row.name),
    make("span", { class: `badge ${kind(row)}` }, WORDS[kind(row)]), make("span", { class: "verdict" }, row.verdict));
  const box = make("details", { id: `r${row.id}` }, head);
  box.addEventListener("toggle", () => {
    if (box.open && !box.querySelector(".body")) box.append(details(row));
  });
  head.addEventListener("click", () => {
    if (!box.open) state.r = String(row.id);
    else if (state.r === String(row.id)) state.r = "";
    writeHash();
  });
  return make("li", {}, box);
};

const trend = () => {
  const dated = data.recordings.filter((row) => row.date && row.severity !== null);
  if (new Set(dated.map((row) => row.date)).size < 2) return null;
  const times = dated.map((row) => Date.parse(row.date));
  const { chart, x, y, figure } = severityChart(`Severity of ${dated.length} recordings by date; the dashed line is the threshold`,
    times, dated.map((row) => row.severity), (time) => new Date(time).toISOString().slice(0, 10));
  dated.forEach((row, position) => chart.append(draw("circle", { cx: x(times[position]), cy: y(row.severity), r: 4, class: row.decision ? "anomaly" : "normal", "fill-opacity": .7 },
    draw("title", {}, `${row.date} ${row.name}: ${row.severity.toFixed(0)}`))));
  return figure();
};

const showRecordings = () => {
  const list = make("ol", { class: "list" }), count = make("p", { role: "status" }), pager = make("nav", { class: "pager", "aria-label": "Pages of recordings" });
  const options = (pairs) => pairs.map(([value, text]) => make("option", { value }, text));
  const fields = {
    q: make("input", { type: "search" }),
    machine: make("select", {}, ...options([["", "all"], ...[...new Set(data.recordings.map((row) => row.machine))].filter(Boolean).sort().map((name) => [name, name])])),
    decision: make("select", {}, ...options([["", "all"], ["bad", "anomalies"], ["good", "normal"], ["none", "not scored"]])),
    sort: make("select", {}, ...options([["severity", "worst first"], ["name", "name"], ["newest", "newest first"], ["oldest", "oldest first"]])),
  };
  const titles = { q: "Search", machine: "Machine", decision: "Decision", sort: "Order" };
  const tools = make("form", { class: "tools", role: "search" }, ...Object.entries(fields).map(([key, field]) => {
    field.id = `f-${key}`;
    return make("div", { class: "field" }, make("label", { for: field.id }, titles[key]), field);
  }));
  tools.addEventListener("submit", (event) => event.preventDefault());
  const show = () => {
    const rows = chosen(), nPages = Math.max(1, Math.ceil(rows.length / PAGE)), page = clamp(parseInt(state.page, 10) || 0, 0, nPages - 1);
    list.replaceChildren(...rows.slice(page * PAGE, (page + 1) * PAGE).map(item));
    count.textContent = `${rows.length} of ${data.recordings.length} recording${data.recordings.length === 1 ? "" : "s"}`;
    const step = (text, by) => {
      const button = make("button", { type: "button", disabled: page + by < 0 || page + by >= nPages }, text);
      button.addEventListener("click", () => { state.page = String(page + by); state.r = ""; show(); writeHash(); list.querySelector("summary")?.focus(); });
      return button;
    };
    pager.replaceChildren(step("Previous", -1), make("span", {}, `page ${page + 1} of ${nPages}`), step("Next", 1));
    pager.hidden = nPages < 2;
  };
  for (const [key, field] of Object.entries(fields)) {
    field.addEventListener("input", () => { state[key] = field.value; state.page = "0"; state.r = ""; show(); writeHash(); });
  }
  main.append(make("section", { id: "recordings", "aria-labelledby": "h-recordings" },
    make("h2", { id: "h-recordings" }, "Recordings"), trend(), tools, count, list, pager));
  const follow = () => {
    readHash();
    for (const [key, field] of Object.entries(fields)) {
      field.value = state[key];
      if (field.value !== state[key]) { field.value = USUAL[key]; state[key] = USUAL[key]; }
    }
    const position = chosen().findIndex((row) => String(row.id) === state.r);
    if (position >= 0) state.page = String(Math.floor(position / PAGE));
    show();
    const linked = position >= 0 ? document.getElementById(`r${state.r}`) : list.querySelector("details");
    if (linked) linked.open = true;
    if (position >= 0) linked.scrollIntoView();
  };
  window.addEventListener("hashchange", follow);
  follow();
};
