"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const main = document.getElementById("main");
  const PAGE = 50;
  const SVG = "http://www.w3.org/2000/svg";

  // Everything that comes from results is set as text, never as markup.
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  const draw = (tag, attributes = {}, text) => {
    const element = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const percent = (share) => `${(100 * share).toFixed(2)} %`;
  const number = (value, digits = 2) => (value === null || value === undefined ? "–" : value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1"));
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  // ---- recordings ---------------------------------------------------------------------------
  const state = { q: "", machine: "", decision: "", sort: "severity", page: "0", r: "" };
  const readHash = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const key of Object.keys(state)) if (given.has(key)) state[key] = given.get(key);
  };
  const writeHash = () => {
    const changed = new URLSearchParams();
    for (const [key, value] of Object.entries(state)) {
      if (value && !(key === "sort" && value === "severity") && !(key === "page" && value === "0")) changed.set(key, value);
    }
    const text = changed.toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  };
  const kind = (row) => (row.decision === null ? "none" : row.decision ? "bad" : "good");
  const WORDS = { none: "not scored", bad: "anomaly", good: "normal" };
  const SORTS = {
    severity: (a, b) => (b.severity ?? -Infinity) - (a.severity ?? -Infinity),
    name: (a, b) => a.name.localeCompare(b.name),
    newest: (a, b) => (b.date ?? "").localeCompare(a.date ?? ""),
    oldest: (a, b) => (a.date ?? "").localeCompare(b.date ?? ""),
  };
  const chosen = () => {
    const words = state.q.toLowerCase();
    return data.recordings
      .filter((row) => (!state.machine || row.machine === state.machine)
        && (!state.decision || kind(row) === state.decision)
        && (!words || `${row.path} ${row.verdict} ${row.flags}`.toLowerCase().includes(words)))
      .sort(SORTS[state.sort] ?? SORTS.severity);
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
    row.why.filter((reason) => reason.box).forEach((reason, position) => {
      const mark = make("div", { class: "mark" }, make("span", {}, `${position + 1}`));
      const [left, right, bottom, top] = reason.box;
      mark.style.left = `${100 * left}%`; mark.style.width = `${100 * (right - left)}%`;
      mark.style.bottom = `${100 * bottom}%`; mark.style.height = `${100 * (top - bottom)}%`;
      frame.append(mark); marks.push(mark);
    });
    const axis = (ticks, side, name) => {
      const box = make("div", { class: name, "aria-hidden": "true" });
      for (const [place, text] of ticks) {
        const tick = make("span", {}, text);
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

  const player = (sound, caption) => {
    const figure = make("figure", {}, make("figcaption", {}, caption));
    if (!sound) {
      figure.append(make("p", { class: "soft" }, "Not in this page; --report-audio N puts more recordings into it."));
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

  const curve = (row, audio) => {
    const most = Math.max(150, ...row.windows.map(([, , severity]) => severity ?? 0));
    const note = make("p", { class: "soft", role: "status" }, "Press a bar to listen from there.");
    const limit = make("div", { class: "limit" }), box = make("div", { class: "curve" }, limit);
    limit.style.bottom = `${10000 / most}%`;
    for (const [start, end, severity, decision] of row.windows) {
      const words = severity === null ? "no score" : `severity ${severity.toFixed(0)}`;
      const bar = make("button", { type: "button", class: decision ? "bad" : "good", "aria-label": `${start.toFixed(1)} to ${end.toFixed(1)} s: ${words}`, title: `${start.toFixed(1)} s: ${words}` });
      bar.style.height = `${clamp((100 * (severity ?? 0)) / most, 2, 100)}%`;
      bar.addEventListener("click", () => {
        const from = start - (row.audio?.start ?? 0);
        if (!audio || from < 0 || from > row.audio.length) {
          note.textContent = `${start.toFixed(1)} s is not in this page; open the file itself.`;
          return;
        }
        audio.currentTime = from; audio.play();
        note.textContent = `Playing from ${start.toFixed(1)} s.`;
      });
      box.append(bar);
    }
    return make("div", {}, make("h3", {}, "Severity over time"), box, note);
  };

  const details = (row) => {
    const left = make("div"), right = make("div");
    if (row.picture) left.append(picture(row));
    const reasons = row.why.filter((reason) => reason.text);
    if (reasons.length) {
      left.append(make("h3", {}, "Why"), make("ol", {}, ...reasons.map((reason) => make("li", {}, reason.text))));
    }
    if (row.usual) left.append(make("p", { class: "soft" }, row.usual));
    const begin = row.audio && row.audio.start > 0 ? `, from ${row.audio.start.toFixed(0)} s` : "";
    const own = player(row.audio, `This recording${begin}`);
    right.append(make("h3", {}, "Listen"), make("div", { class: "players" }, own,
      row.nearest ? player(row.nearest.audio, `Nearest normal: ${row.nearest.name}${row.nearest.is_there ? "" : " (the file is not there any more)"}`) : null));
    if (row.audio) right.append(make("p", { class: "soft" }, "Both are played with the same gain."));
    if (row.families.length) right.append(make("h3", {}, "What adds to the score"), bars(row));
    if (row.windows.length) left.append(curve(row, own.querySelector("audio")));
    right.append(make("h3", {}, "Numbers"), make("dl", { class: "card" }, ...[
      ["score", number(row.score, 4)], ["threshold", number(row.threshold, 4)],
      ["p-value", row.p_value === null ? "–" : `${row.is_extrapolated ? "about " : ""}${row.p_value.toPrecision(2)}`],
      ["machine", row.machine || "–"], ["date", row.date ? `${row.date} (${row.date_source})` : "–"], ["file", row.path],
      ...(row.flags ? [["note", row.flags]] : []),
    ].flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, make("bdi", {}, value))])));
    return make("div", { class: "body" }, make("div", { class: "columns" }, left, right));
  };

  const item = (row) => {
    const head = make("summary", {}, gauge(row), make("bdi", { class: "name" }, row.name),
      make("span", { class: `badge ${kind(row)}` }, WORDS[kind(row)]), make("span", { class: "verdict" }, row.verdict));
    const box = make("details", { id: `r${row.id}` }, head);
    box.addEventListener("toggle", () => {
      if (box.open && !box.querySelector(".body")) box.append(details(row));
      if (box.open) { state.r = String(row.id); writeHash(); }
      else if (state.r === String(row.id)) { state.r = ""; writeHash(); }
    });
    return make("li", {}, box);
  };

  const scale = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);

  const trend = () => {
    const dated = data.recordings.filter((row) => row.date && row.severity !== null);
    if (new Set(dated.map((row) => row.date)).size < 2) return null;
    const times = dated.map((row) => Date.parse(row.date));
    const x = scale(Math.min(...times), Math.max(...times), 40, 690);
    const y = scale(0, Math.max(150, ...dated.map((row) => row.severity)), 170, 12);
    const chart = draw("svg", { viewBox: "0 0 700 200", role: "img", "aria-label": `Severity of ${dated.length} recordings by date` });
    chart.append(draw("line", { x1: 40, x2: 690, y1: y(100), y2: y(100), class: "limit" }), draw("text", { x: 4, y: y(100) + 4 }, "100"), draw("text", { x: 24, y: 174 }, "0"));
    dated.forEach((row, position) => chart.append(draw("circle", { cx: x(times[position]), cy: y(Math.max(0, row.severity)), r: 4, class: row.decision ? "anomaly" : "normal", "fill-opacity": .7 })));
    const dates = dated.map((row) => row.date).sort();
    chart.append(draw("text", { x: 40, y: 192 }, dates[0]), draw("text", { x: 690, y: 192, "text-anchor": "end" }, dates[dates.length - 1]));
    return make("figure", { class: "chart" }, make("figcaption", {}, "Severity by date; the dashed line is the threshold"), chart);
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
      const rows = chosen(), nPages = Math.max(1, Math.ceil(rows.length / PAGE)), page = clamp(Number(state.page) || 0, 0, nPages - 1);
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
      field.value = state[key];
      field.addEventListener("input", () => { state[key] = field.value; state.page = "0"; state.r = ""; show(); writeHash(); });
    }
    const wanted = state.r;
    if (wanted) state.page = String(Math.max(0, Math.floor(chosen().findIndex((row) => String(row.id) === wanted) / PAGE)));
    show();
    main.append(make("section", { id: "recordings", "aria-labelledby": "h-recordings" },
      make("h2", { id: "h-recordings" }, "Recordings, worst first"), trend(), tools, count, list, pager));
    const linked = wanted ? document.getElementById(`r${wanted}`) : list.querySelector("details");
    if (linked) { linked.open = true; if (wanted) linked.scrollIntoView(); }
  };

  // ---- the challenge ------------------------------------------------------------------------
  const table = (caption, header, rows, isOwn = () => false) => make("div", {}, make("p", { class: "caption" }, caption), make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    make("table", { "aria-label": caption },
      make("thead", {}, make("tr", {}, ...header.map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, ...rows.map((row) => make("tr", { class: isOwn(row) ? "own" : null }, ...row.map((cell) => make("td", {}, cell))))))));

  const counts = (values, low, high, n) => {
    const bins = new Array(n).fill(0);
    for (const value of values) bins[clamp(Math.floor(((value - low) / (high - low || 1)) * n), 0, n - 1)] += 1;
    return bins;
  };
  const frame = (label) => {
    const chart = draw("svg", { viewBox: "0 0 320 220", role: "img", "aria-label": label });
    chart.append(draw("path", { d: "M36 10V188H312", class: "axis" }));
    return chart;
  };
  const chartOf = (caption, chart) => make("figure", {}, make("figcaption", {}, caption), chart);

  const histogram = (section, domain) => {
    const inDomain = section.scores.map((_, i) => domain === null || section.is_target[i] === (domain === "target" ? 1 : 0));
    const normals = section.scores.filter((_, i) => inDomain[i] && !section.is_anomaly[i]);
    const anomalies = section.scores.filter((_, i) => inDomain[i] && section.is_anomaly[i]);
    const low = Math.min(...section.scores), high = Math.max(...section.scores), n = 24;
    const [first, second] = [counts(normals, low, high, n), counts(anomalies, low, high, n)];
    const most = Math.max(1, ...first, ...second), x = scale(0, n, 36, 312), y = scale(0, most, 188, 14);
    const title = `${section.machine} ${section.section}${domain ? `, ${domain}` : ""}: scores of ${normals.length} normal (green) and ${anomalies.length} anomalous (red) recordings`;
    const chart = frame(title);
    first.forEach((count, i) => chart.append(draw("rect", { x: x(i), width: 5.2, y: y(count), height: 188 - y(count), class: "normal" })));
    second.forEach((count, i) => chart.append(draw("rect", { x: x(i) + 5.6, width: 5.2, y: y(count), height: 188 - y(count), class: "anomaly" })));
    if (section.threshold !== null) {
      const at = scale(low, high, 36, 312)(section.threshold);
      chart.append(draw("line", { x1: at, x2: at, y1: 10, y2: 188, class: "limit" }), draw("text", { x: clamp(at, 36, 260) + 3, y: 18 }, "threshold"));
    }
    chart.append(draw("text", { x: 36, y: 204 }, number(low)), draw("text", { x: 312, y: 204, "text-anchor": "end" }, number(high)), draw("text", { x: 4, y: 18 }, String(most)));
    return chartOf(title, chart);
  };

  const rocPoints = (section, domain) => {
    const rows = section.scores.map((score, i) => [score, section.is_anomaly[i], section.is_target[i]])
      .filter(([, anomaly, target]) => anomaly || domain === null || target === (domain === "target" ? 1 : 0)).sort((a, b) => b[0] - a[0]);
    const nAnomalies = rows.filter((row) => row[1]).length, nNormals = rows.length - nAnomalies, points = [[0, 0]];
    let hits = 0, alarms = 0;
    rows.forEach(([score, anomaly], i) => {
      if (anomaly) hits += 1; else alarms += 1;
      if (i + 1 === rows.length || rows[i + 1][0] !== score) points.push([alarms / (nNormals || 1), hits / (nAnomalies || 1)]);
    });
    return points;
  };
  const unitChart = (title, xName, yName) => {
    const chart = frame(title);
    chart.append(draw("path", { d: "M36 188L312 10", class: "grid" }), draw("text", { x: 30, y: 204 }, "0"), draw("text", { x: 312, y: 204, "text-anchor": "end" }, "1"), draw("text", { x: 174, y: 204, "text-anchor": "middle" }, xName), draw("text", { x: 22, y: 18 }, "1"), draw("text", { transform: "translate(26 99) rotate(-90)", "text-anchor": "middle" }, yName));
    return chart;
  };
  const path = (points) => points.map(([a, b], i) => `${i ? "L" : "M"}${(36 + 276 * a).toFixed(1)} ${(188 - 178 * b).toFixed(1)}`).join("");
  const roc = (section) => {
    const domains = section.is_target ? ["source", "target"] : [null];
    const title = `${section.machine} ${section.section}: ROC${section.is_target ? ", normals of the source (solid) and of the target (dashed)" : ""}; the shaded tenth counts for the pAUC`;
    const chart = unitChart(title, "rate of false alarms", "share of anomalies found");
    chart.append(draw("rect", { x: 36, y: 10, width: 27.6, height: 178, class: "area" }));
    for (const domain of domains) chart.append(draw("path", { d: path(rocPoints(section, domain)), class: domain === "target" ? "line target" : "line" }));
    return chartOf(title, chart);
  };
  const calibration = (section) => {
    if (!section.p_values) return null;
    const domains = section.is_target ? ["source", "target"] : [null];
    const title = `${section.machine} ${section.section}: nominal rate of false alarms and the measured one${section.is_target ? ", source (solid) and target (dashed)" : ""}`;
    const chart = unitChart(title, "nominal rate", "measured rate");
    for (const domain of domains) {
      const own = section.p_values.filter((_, i) => !section.is_anomaly[i] && (domain === null || section.is_target[i] === (domain === "target" ? 1 : 0))).sort((a, b) => a - b);
      const points = [[0, 0]];
      own.forEach((p, i) => { points.push([p, i / own.length], [p, (i + 1) / own.length]); });
      points.push([1, 1]);
      if (own.length) chart.append(draw("path", { d: path(points), class: domain === "target" ? "line target" : "line" }));
    }
    return chartOf(title, chart);
  };

  const showSystem = (system) => {
    const value = (row, key) => {
      const [center, low, high] = [row.values[key] ?? null].flat().concat(null, null);
      return center === null ? "–" : (100 * center).toFixed(2) + (low === null ? "" : ` (${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)})`);
    };
    const keys = system.keys;
    const rows = system.rows.map((row) => [`${row.machine} ${row.section}`, system.name, ...keys.map(([key]) => value(row, key))]);
    for (const row of data.challenge.published) rows.push([`${row.machine} ${row.section}`, `${row.system} [${row.mark}]`, ...keys.map(([key]) => value(row, key))]);
    rows.sort((a, b) => a[0].localeCompare(b[0]));
    const score = system.official === null ? "" : `Official score ${percent(system.official[0])}${system.official[1] === null ? "" : ` (${(100 * system.official[1]).toFixed(1)}–${(100 * system.official[2]).toFixed(1)})`}. `;
    const charts = system.sections.flatMap((section) => [...(section.is_target ? ["source", "target"] : [null]).map((domain) => histogram(section, domain)), roc(section), calibration(section)]);
    const decided = system.rows.flatMap((row) => Object.entries(row.counts).filter(([, n]) => n.true_positive !== undefined)
      .map(([domain, n]) => [`${row.machine} ${row.section}`, domain, n.true_positive, n.false_negative, n.false_positive, n.true_negative].map(String)));
    return make("section", {}, make("h3", {}, make("bdi", {}, system.name)), make("p", {}, `${score}AUC rule: ${system.rule}. 95 % intervals.`),
      table("Values in percent beside published ones [mark: how far to trust them]", ["machine and section", "system", ...keys.map(([, name]) => name)], rows, (row) => row[1] === system.name),
      decided.length ? table("Decisions", ["machine and section", "domain", "anomalies found", "anomalies missed", "false alarms", "normals passed"], decided) : null,
      make("div", { class: "charts" }, ...charts.filter(Boolean)));
  };

  const showChallenge = () => {
    const { systems, pairs, warnings, marks } = data.challenge;
    main.append(make("section", { id: "challenge", "aria-labelledby": "h-challenge" }, make("h2", { id: "h-challenge" }, "Challenge"),
      ...systems.map(showSystem),
      pairs.length ? table("Paired comparison of the official scores, 95 % intervals", ["first", "second", "difference", "interval", "more than noise"],
        pairs.map((pair) => [pair.first, pair.second, percent(pair.difference), pair.interval ? `${percent(pair.interval[0])} to ${percent(pair.interval[1])}` : "–", pair.interval ? (pair.interval[0] > 0 || pair.interval[1] < 0 ? "yes" : "no") : "–"])) : null,
      marks.length ? make("p", { class: "soft" }, `Marks: ${marks.join("; ")}`) : null,
      warnings.length ? make("ul", { class: "plain" }, ...warnings.map((text) => make("li", {}, text))) : null));
  };

  // ---- models -------------------------------------------------------------------------------
  const showModels = () => {
    main.append(make("section", { id: "models", "aria-labelledby": "h-models" }, make("h2", { id: "h-models" }, "Models"),
      ...data.models.map((model) => make("article", {}, make("h3", {}, make("bdi", {}, model.title)),
        make("dl", { class: "card" }, ...model.card.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]))))));
  };

  // ---- a watch over old recordings ----------------------------------------------------------
  const watchChart = ({ name, hours, spans }) => {
    const first = hours[0][0], last = hours[hours.length - 1][0] + 3600;
    const x = scale(first, last, 40, 690), y = scale(0, Math.max(150, ...hours.map(([, highest]) => highest ?? 0)), 170, 12);
    const title = `${name}: highest severity of every hour; the dashed line is the limit, alarms are shaded`;
    const chart = draw("svg", { viewBox: "0 0 700 200", role: "img", "aria-label": title });
    for (const [begin, end] of spans) chart.append(draw("rect", { x: x(begin), width: Math.max(2, x(end ?? last) - x(begin)), y: 12, height: 158, class: "area" }));
    for (const [hour, highest] of hours) {
      if (highest === null) continue;
      const top = y(Math.max(0, highest));
      chart.append(draw("rect", { x: x(hour), width: Math.max(1, x(hour + 3600) - x(hour) - 1), y: Math.min(top, 169), height: Math.max(1, 170 - top), class: highest > 100 ? "anomaly" : "normal" }));
    }
    chart.append(draw("line", { x1: 40, x2: 690, y1: y(100), y2: y(100), class: "limit" }), draw("text", { x: 4, y: y(100) + 4 }, "100"), draw("text", { x: 24, y: 174 }, "0"));
    const stamp = (seconds) => new Date(1000 * seconds).toISOString().slice(0, 16).replace("T", " ");
    chart.append(draw("text", { x: 40, y: 192 }, stamp(first)), draw("text", { x: 690, y: 192, "text-anchor": "end" }, stamp(last)));
    return make("figure", { class: "chart" }, make("figcaption", {}, title), chart);
  };
  const showWatch = () => {
    const { header, incidents, machines } = data.watch;
    main.append(make("section", { id: "watch", "aria-labelledby": "h-watch" }, make("h2", { id: "h-watch" }, "Watch"),
      ...machines.map(watchChart), incidents.length ? table("Alarms that would have been raised", header, incidents) : null));
  };

  readHash();
  document.getElementById("overview").textContent = data.overview;
  const parts = [];
  if (data.recordings.length) { showRecordings(); parts.push(["recordings", "Recordings"]); }
  if (data.watch) { showWatch(); parts.push(["watch", "Watch"]); }
  if (data.challenge) { showChallenge(); parts.push(["challenge", "Challenge"]); }
  if (data.models.length) { showModels(); parts.push(["models", "Models"]); }
  const links = document.getElementById("parts");
  for (const [id, text] of parts.length > 1 ? parts : []) {
    const link = make("a", { href: `#${id}` }, text);
    link.addEventListener("click", (event) => { event.preventDefault(); document.getElementById(id).scrollIntoView(); document.getElementById(id).querySelector("h2").tabIndex = -1; document.getElementById(id).querySelector("h2").focus(); });
    links.append(link);
  }
  links.hidden = parts.length < 2;
  document.documentElement.dataset.ready = "yes";
})();
