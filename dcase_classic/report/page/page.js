// Models, a watch over old recordings, and the start.

// ---- models -------------------------------------------------------------------------------
const showModels = () => {
  main.append(make("section", { id: "models", "aria-labelledby": "h-models" }, make("h2", { id: "h-models" }, "Models"),
    ...data.models.map((model) => make("article", {}, make("h3", {}, make("bdi", {}, model.title)),
      make("dl", { class: "card" }, ...model.card.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]))))));
};

// ---- a watch over old recordings ----------------------------------------------------------
const watchChart = ({ name, hours, spans }) => {
  const first = hours[0][0], heard = hours[hours.length - 1][0] + 3600, last = Math.max(heard, first + 6 * 3600); // one hour is no wall
  const { chart, x, y, figure } = severityChart(`${name}: highest severity of every hour; the dashed line is the limit, alarms are shaded`,
    [first, last], hours.map(([, highest]) => highest ?? 0), (seconds) => new Date(1000 * seconds).toISOString().slice(0, 16).replace("T", " "));
  for (const [begin, end] of spans) chart.append(draw("rect", { x: x(begin), width: Math.max(2, x(end ?? heard) - x(begin)), y: 12, height: 138, class: "area" }));
  for (const [hour, highest] of hours) {
    if (highest === null) continue;
    const top = Math.min(y(highest), 149);
    chart.append(draw("rect", { x: x(hour), width: Math.max(1, x(hour + 3600) - x(hour) - 1), y: top, height: 150 - top, class: highest > 100 ? "anomaly" : "normal" }));
  }
  return figure();
};
const showWatch = () => {
  const { header, incidents, machines } = data.watch;
  main.append(make("section", { id: "watch", "aria-labelledby": "h-watch" }, make("h2", { id: "h-watch" }, "Watch"),
    ...machines.map(watchChart), incidents.length ? table("Alarms that would have been raised", header, incidents, { texts: [0, 1, 2, 4, 5, 6] }) : null));
};

document.getElementById("overview").textContent = data.overview;
const parts = [];
if (data.recordings.length) { showRecordings(); parts.push(["recordings", "Recordings"]); }
if (data.watch) { showWatch(); parts.push(["watch", "Watch"]); }
if (data.challenge) { showChallenge(); parts.push(["challenge", "Challenge"]); }
if (data.models.length) { showModels(); parts.push(["models", "Models"]); }
const links = document.getElementById("parts");
for (const [id, text] of parts.length > 1 ? parts : []) {
  const link = make("a", { href: `#${id}` }, text);
  link.addEventListener("click", (event) => {
    event.preventDefault(); // the address keeps filters
    const part = document.getElementById(id), heading = part.querySelector("h2");
    part.scrollIntoView();
    heading.tabIndex = -1;
    heading.focus();
  });
  links.append(link);
}
links.hidden = parts.length < 2;
parts.forEach(([id]) => { if (location.hash === `#${id}`) document.getElementById(id).scrollIntoView(); });
document.documentElement.dataset.ready = "yes";
