// How the exposures are spread: half a point a bar, in the colours of the levels; what a filter leaves stands before all.

const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function drawChart(all, state, change) {
  const box = byId("chart");
  const width = Math.max(260, box.clientWidth || 560);
  const [height, top, foot] = [186, 18, 44];
  const whole = distribution(all.units);
  const shown = distribution(matching(all, state, "band"));
  const bins = whole.length;
  const step = width / bins;
  const most = Math.max(1, ...whole.map((b) => b.units));
  const tall = (n) => (n ? Math.max(2, (n / most) * (height - top - foot)) : 0);
  const base = height - foot;
  const filtered = FILTERS.some((f) => f !== "band" && state[f]);
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.at : null;
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Units by exposure" });
  picture.append(svg("line", { x1: 0, x2: width, y1: base + 0.5, y2: base + 0.5, class: "axis" }));
  let first = true;
  whole.forEach((bin, i) => {
    if (!bin.units) return;
    const x = i * step;
    const part = shown[i] ?? { units: 0, levels: new Map() };
    const range = `${tenths(bin.from)} to ${tenths(bin.to)}`;
    const words = LEVELS.filter(([l]) => bin.levels.has(l)).map(([l]) => l).join(", ");
    const band = `${bin.from}-${bin.to}`;
    const pressed = state.band === band;
    const label = `${range}, ${words}: ${filtered ? `${grouped(part.units)} of ` : ""}${count(bin.units, "unit")}`;
    const group = svg("g", {
      class: "bar", role: "button", tabindex: first ? 0 : -1, "data-at": i, "aria-pressed": pressed,
    });
    first = false;
    // its name, and what a pointer is told
    group.append(svg("title", {}, label));
    group.append(svg("rect", { x, y: 0, width: step, height: base, class: "touch" }));
    const body = { x: x + 1.5, width: Math.max(1, step - 3) };
    group.append(svg("rect", { ...body, y: base - tall(bin.units), height: tall(bin.units), class: "ghost", rx: 1.5 }));
    let y = base;
    for (const [level] of [...LEVELS].reverse()) {
      const n = part.levels.get(level);
      if (!n) continue;
      const h = tall(n);
      y -= h;
      group.append(svg("rect", { ...body, y, height: h, rx: 1.5, class: `fill-${level.toLowerCase()}${state.band && !pressed ? " away" : ""}` }));
    }
    const number = filtered ? part.units : bin.units;
    if (step > 13 || number < 10) group.append(svg("text", { x: x + step / 2, y: base - tall(bin.units) - 5, class: "number", "aria-hidden": "true" }, number ? grouped(number) : ""));
    const choose = () => change({ band: pressed ? "" : band, page: 1 });
    group.addEventListener("click", choose);
    group.addEventListener("keydown", (e) => (e.key === "Enter" || e.key === " ") && (e.preventDefault(), e.stopPropagation(), choose()));
    picture.append(group);
  });
  for (let n = 0; n <= 10; n++) picture.append(svg("text", { x: Math.min(width - 8, Math.max(4, n * 2 * step)), y: base + 14, class: "tick" }, n));
  // the words under the axis are the legend
  const end = bins * 5;
  LEVELS.forEach(([level, from], i) => {
    const to = i ? LEVELS[i - 1][1] : end;
    const [x, w] = [(from / end) * width, ((to - from) / end) * width];
    if (w < 3) return;
    picture.append(svg("rect", { x: x + 1, y: base + 21, width: w - 2, height: 4, rx: 2, class: `fill-${level.toLowerCase()}` }));
    if (w > level.length * 6.3) picture.append(svg("text", { x: x + w / 2, y: base + 38, class: "tick" }, level));
  });
  box.replaceChildren(picture);
  roving(picture, ".bar");
  if (focused) picture.querySelector(`[data-at="${focused}"]`)?.focus();
}

/** One stop for the tab key among many; arrows, Home and End go on from it. In a table they go by rows and columns. */
function roving(root, which) {
  root.addEventListener("focusin", (e) => {
    const now = e.target.closest(which);
    if (!now) return;
    for (const other of root.querySelectorAll(`${which}[tabindex="0"]`)) other.setAttribute("tabindex", -1);
    now.setAttribute("tabindex", 0);
  });
  root.addEventListener("keydown", (e) => {
    const now = e.target.closest(which);
    if (!now || e.ctrlKey || e.metaKey || e.altKey) return;
    const row = now.closest("tr");
    const line = [...(row ?? root).querySelectorAll(which)];
    const at = line.indexOf(now);
    const beside = (to) => {
      for (let r = to; r; r = to === row?.nextElementSibling ? r.nextElementSibling : r.previousElementSibling) {
        const cell = r.querySelectorAll(which)[at];
        if (cell) return cell;
      }
      return null;
    };
    const next = {
      ArrowRight: () => line[at + 1], ArrowLeft: () => line[at - 1], Home: () => line[0], End: () => line.at(-1),
      ArrowDown: () => row && beside(row.nextElementSibling), ArrowUp: () => row && beside(row.previousElementSibling),
    }[e.key];
    if (!next) return;
    e.preventDefault();
    e.stopPropagation();
    next()?.focus();
  });
}
