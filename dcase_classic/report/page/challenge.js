// The challenge: values beside published ones, decisions, curves and comparisons.

const chartOf = (caption, chart) => make("figure", {}, make("figcaption", {}, caption), chart);
// Domains of a section that have recordings, [null] where none is known, and whether a recording is of one of them.
const domainsOf = (section) => (section.is_target ? ["source", "target"].filter((domain) => section.scores.some((_, i) => isIn(section, domain, i))) : [null]);
const isIn = (section, domain, i) => domain === null || section.is_target[i] === (domain === "target" ? 1 : 0);
const counts = (values, low, high, n) => {
  const bins = new Array(n).fill(0);
  for (const value of values) bins[clamp(Math.floor(((value - low) / (high - low || 1)) * n), 0, n - 1)] += 1;
  return bins;
};
const brief = (value) => (value !== 0 && !(Math.abs(value) >= 0.01 && Math.abs(value) < 1e6) ? value.toPrecision(3) : number(value));
const frame = (label) => {
  const chart = draw("svg", { viewBox: "0 0 320 220", role: "img", "aria-label": label });
  chart.append(draw("path", { d: "M36 10V188H312", class: "axis" }));
  return chart;
};
const histogram = (section, domain) => {
  const normals = section.scores.filter((_, i) => isIn(section, domain, i) && !section.is_anomaly[i]);
  const anomalies = section.scores.filter((_, i) => isIn(section, domain, i) && section.is_anomaly[i]);
  const [low, high] = extremes(section.threshold === null ? section.scores : [...section.scores, section.threshold]), n = 24;
  const [first, second] = [counts(normals, low, high, n), counts(anomalies, low, high, n)];
  const most = Math.max(1, ...first, ...second), x = scale(0, n, 36, 312), y = scale(0, most, 188, 26);
  const title = `${section.machine} ${section.section}${domain ? `, ${domain}` : ""}: scores of ${normals.length} normal (green, left) and ${anomalies.length} anomalous (red, right) recordings`;
  const chart = frame(title);
  first.forEach((count, i) => chart.append(draw("rect", { x: x(i), width: 5.2, y: y(count), height: 188 - y(count), class: "normal" })));
  second.forEach((count, i) => chart.append(draw("rect", { x: x(i) + 5.6, width: 5.2, y: y(count), height: 188 - y(count), class: "anomaly" })));
  if (section.threshold !== null) {
    const at = scale(low, high, 36, 312)(section.threshold);
    chart.append(draw("line", { x1: at, x2: at, y1: 10, y2: 188, class: "limit" }), draw("text", { x: clamp(at, 36, 260) + 3, y: 18 }, "threshold"));
  }
  chart.append(draw("text", { x: 36, y: 204 }, brief(low)), draw("text", { x: 312, y: 204, "text-anchor": "end" }, brief(high)), draw("text", { x: 30, y: 30, "text-anchor": "end" }, String(most)), draw("text", { x: 30, y: 192, "text-anchor": "end" }, "0"),
    draw("text", { x: 174, y: 204, "text-anchor": "middle" }, "anomaly score"), draw("text", { transform: "translate(24 99) rotate(-90)", "text-anchor": "middle" }, "recordings"));
  return chartOf(title, chart);
};

// Normals of a domain against all anomalies of the section, or against those of the domain.
const rocPoints = (section, domain, isWithin) => {
  const rows = section.scores.map((score, i) => [score, section.is_anomaly[i]])
    .filter(([, anomaly], i) => (anomaly && !isWithin) || isIn(section, domain, i)).sort((a, b) => b[0] - a[0]);
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
// The line of each domain that has normals, as captions name it.
const normalDomains = (section) => domainsOf(section).filter((domain) => section.scores.some((_, i) => !section.is_anomaly[i] && isIn(section, domain, i)));
const linesOf = (domains) => domains.filter(Boolean).map((domain) => `of the ${domain} (${domain === "target" ? "dashed" : "solid"})`).join(" and ");
const roc = (section, isWithin) => {
  const hasAnomalies = (domain) => section.is_anomaly.some((anomaly, i) => anomaly && (!isWithin || isIn(section, domain, i)));
  const domains = normalDomains(section).filter(hasAnomalies), hasAll = domains.length > 1 && !isWithin;
  if (!domains.length) return null; // without both classes there is no AUC either
  const lines = [linesOf(domains), ...(hasAll ? ["of both (dotted)"] : [])].filter(Boolean).join(" and ");
  const title = `${section.machine} ${section.section}: ROC${lines ? `, normals ${lines}` : ""}; the shaded tenth${hasAll ? " of the dotted line" : ""} counts for the pAUC`;
  const chart = unitChart(title, "rate of false alarms", "share of anomalies found");
  chart.append(draw("rect", { x: 36, y: 10, width: 27.6, height: 178, class: "area" }));
  for (const domain of domains) chart.append(draw("path", { d: path(rocPoints(section, domain, isWithin)), class: domain === "target" ? "line target" : "line" }));
  if (hasAll) chart.append(draw("path", { d: path(rocPoints(section, null)), class: "line all" }));
  return chartOf(title, chart);
};
const calibration = (section) => {
  if (!section.p_values) return null;
  const domains = normalDomains(section), lines = linesOf(domains);
  const title = `${section.machine} ${section.section}: nominal rate of false alarms and the measured one${lines ? `, normals ${lines}` : ""}`;
  const chart = unitChart(title, "nominal rate", "measured rate");
  for (const domain of domains) {
    const own = section.p_values.filter((_, i) => !section.is_anomaly[i] && isIn(section, domain, i)).sort((a, b) => a - b);
    const points = [[0, 0]];
    own.forEach((p, i) => { points.push([p, i / own.length], [p, (i + 1) / own.length]); });
    points.push([1, 1]);
    chart.append(draw("path", { d: path(points), class: domain === "target" ? "line target" : "line" }));
  }
  return chartOf(title, chart);
};

const showSystem = (system) => {
  const value = (row, key) => {
    const [middle, interval] = row.values[key] ?? ["–", ""];
    return interval ? make("span", {}, middle, make("small", {}, interval)) : middle;
  };
  const keys = system.keys;
  const rows = system.rows.map((row) => [`${row.machine} ${row.section}`, system.name, ...keys.map(([key]) => value(row, key))]);
  for (const row of data.challenge.published) rows.push([`${row.machine} ${row.section}`, `${row.system} [${row.mark}]`, ...keys.map(([key]) => value(row, key))]);
  rows.sort((a, b) => a[0].localeCompare(b[0]));
  const score = system.official === null ? "" : `Official score in percent: ${system.official.join("")}. `;
  const charts = system.sections.flatMap((section) => [...domainsOf(section).map((domain) => histogram(section, domain)), roc(section, system.rule === "per domain"), calibration(section)]);
  const decided = system.rows.flatMap((row) => Object.entries(row.counts).filter(([, n]) => n.true_positive + n.false_negative + n.false_positive + n.true_negative > 0)
    .map(([domain, n]) => [`${row.machine} ${row.section}`, domain, n.true_positive, n.false_negative, n.false_positive, n.true_negative].map(String)));
  return make("section", {}, make("h3", {}, make("bdi", {}, system.name)), make("p", {}, `${score}AUC rule: ${system.rule}.${system.has_intervals ? " 95 % intervals." : ""}`), system.made_by ? make("p", { class: "soft" }, system.made_by) : null,
    table(data.challenge.published.length ? "Values in percent beside published ones [mark: how far to trust them]" : "Values in percent", ["machine and section", "system", ...keys.map(([, name]) => name)], rows, { isOwn: (row) => row[1] === system.name }),
    decided.length ? table("Decisions", ["machine and section", "domain", "anomalies found", "anomalies missed", "false alarms", "normals passed"], decided) : null,
    make("div", { class: "charts" }, ...charts.filter(Boolean)));
};

const showChallenge = () => {
  const { systems, pairs, warnings, marks } = data.challenge;
  main.append(make("section", { id: "challenge", "aria-labelledby": "h-challenge" }, make("h2", { id: "h-challenge" }, "Challenge"),
    ...systems.map(showSystem),
    pairs.length ? table("Paired comparison of the official scores in percent, 95 % intervals", ["first", "second", "difference", "interval", "more than noise"],
      pairs.map((pair) => [pair.first, pair.second, pair.difference, pair.interval ?? "–", pair.interval === null ? "–" : pair.is_more_than_noise ? "yes" : "no"])) : null,
    marks.length ? make("p", { class: "soft" }, `Marks: ${marks.join("; ")}`) : null,
    warnings.length ? make("h3", {}, "Warnings") : null, warnings.length ? make("ul", { class: "plain" }, ...warnings.map((text) => make("li", {}, text))) : null));
};
