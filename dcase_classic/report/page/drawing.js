// What all parts of the page draw with.

const data = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");

// Everything that comes from results is set as text, never as markup.
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};
const draw = (tag, attributes = {}, content) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (content !== undefined) element.append(content);
  return element;
};
const number = (value, digits = 2) => (value === null || value === undefined ? "–" : value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1"));
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
// By steps: so many values as there are recordings are too many arguments of a function.
const extremes = (values) => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
const scale = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);

// Columns of text are given by their positions; the others hold numbers, which end below each other.
const table = (caption, header, rows, { texts = [0, 1], isOwn = () => false } = {}) => {
  const kindOf = (position, cell) => (texts.includes(position) ? (cell.length > 40 ? "text long" : "text") : null);
  const lines = rows.map((row) => make("tr", { class: isOwn(row) ? "own" : null }, ...row.map((cell, i) => make("td", { class: kindOf(i, cell) }, cell))));
  const titles = header.map((name, i) => make("th", { scope: "col", class: kindOf(i, "") }, name));
  return make("div", {}, make("p", { class: "caption" }, caption), make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    make("table", { "aria-label": caption }, make("thead", {}, make("tr", {}, ...titles)), make("tbody", {}, ...lines))));
};

// Severity, threshold at 100, over times of which the first and the last are written; as wide as the page is now.
const severityChart = (title, times, severities, words) => {
  const width = clamp(main.clientWidth - 48, 280, 1140), [first, last] = extremes(times);
  const most = Math.max(150, extremes(severities)[1]), x = scale(first, last, 40, width - 10), y = scale(0, most, 150, 12);
  const chart = draw("svg", { viewBox: `0 0 ${width} 176`, role: "img", "aria-label": title });
  chart.append(draw("line", { x1: 40, x2: width - 10, y1: 150, y2: 150, class: "axis" }));
  for (const value of new Set([0, 100, ...(most > 200 ? [Math.round(most)] : [])])) chart.append(draw("text", { x: 34, y: y(value) + 4, "text-anchor": "end" }, String(value)));
  chart.append(draw("text", { x: 40, y: 170 }, words(first)), draw("text", { x: width - 10, y: 170, "text-anchor": "end" }, words(last)));
  const limit = draw("line", { x1: 40, x2: width - 10, y1: y(100), y2: y(100), class: "limit" });
  return { chart, x, y: (severity) => y(Math.max(0, severity)), figure: () => { chart.append(limit); return make("figure", { class: "chart" }, make("figcaption", {}, title), chart); } };
};
