// Which protections are used: a check a row, packages or exposures beside each other.

const HEAT_ROWS = 24;
const HEAT_PACKAGES = 24;
let heatAll = false;

function drawHeat(all, state, change) {
  const units = matching(all, state, "check").filter((u) => u.exposure !== null);
  const packages = new Set(units.map((u) => u.package));
  const by = state.by || (packages.size > HEAT_PACKAGES ? "exposure" : "package");
  const groups = columns(units, by, HEAT_PACKAGES);
  const table = byId("heat");
  const focused = table.contains(document.activeElement) ? document.activeElement.dataset.cell : null;
  drawSwitch(by, packages.size, change);
  byId("heat-said").textContent = units.length ? said(units, groups, by, packages.size) : "";
  if (!units.length) {
    table.replaceChildren(el("tbody", {}, el("tr", {}, el("td", { class: "empty" }, "No unit in view has an exposure."))));
    byId("heat-more").replaceChildren();
    return;
  }
  const every = coverage(all, units);
  const each = groups.map((g) => coverage(all, g.units));
  // checks that apply to nothing in view say nothing
  const rows = all.checks.map((check, i) => ({ check, i })).filter(({ i }) => every[i].set + every[i].open);
  const shown = heatAll ? rows : rows.slice(0, HEAT_ROWS);
  const heaviest = all.checks[0]?.weight || 1;
  const head = el("thead", {}, el("tr", {},
    el("th", { scope: "col" }, "Check"), el("th", { scope: "col", class: "weight" }, "Weight"), el("th", { scope: "col", class: "total" }, "All"),
    groups.map((g) => el("th", { scope: "col", class: by === "package" ? "turned" : "band", title: `${g.name}: ${count(g.units.length, "unit")}` }, el("span", {}, by === "package" ? el("bdi", {}, g.name) : g.name), el("small", {}, grouped(g.units.length))))));
  let first = true;
  const cell = (check, c, where, patch, id) => {
    const total = id.endsWith(":all") ? "total" : null;
    if (!(c.set + c.open)) return el("td", { class: total }, el("span", { class: "cell apart", title: "does not apply" }, "·"));
    const share = c.set / (c.set + c.open);
    const percent = share > 0 && share < 1 ? Math.min(99, Math.max(1, Math.round(share * 100))) : share * 100;
    const numbers = `${percent} %: ${check.name.join("")}, ${where}: ${grouped(c.set)} of ${count(c.set + c.open, "unit")} pass, ${grouped(c.open)} do not`;
    const tell = () => (byId("heat-said").textContent = visible(numbers));
    const button = el("button", {
      type: "button", class: `cell h${share === 0 ? 0 : share === 1 ? 6 : 1 + Math.min(4, Math.floor(share * 5))}`, tabindex: first ? "0" : "-1", "data-cell": id, "aria-label": numbers,
      "aria-pressed": state.check === check.id && Object.entries(patch).every(([k, v]) => state[k] === v) ? "true" : null,
      onpointerenter: tell, onfocus: tell, onclick: () => change({ check: check.id, page: 1, ...patch }, "units"),
    }, String(percent));
    first = false;
    return el("td", { class: total }, button);
  };
  const body = shown.map(({ check, i }) => {
    const weight = el("i", {});
    weight.style.width = `${(check.weight / heaviest) * 100}%`;
    return el("tr", { class: state.check === check.id ? "on" : null },
      el("th", { scope: "row", title: `${check.name.join("")}: ${check.summary}` }, check.name[0], check.name[1] ? el("span", {}, check.name[1]) : null),
      el("td", { class: "weight", title: `weight ${check.weight}` }, el("span", { class: "track" }, weight), el("span", { class: "unseen" }, String(check.weight))),
      cell(check, every[i], "all units in view", {}, `${i}:all`),
      groups.map((g, n) => cell(check, each[n][i], by === "package" ? g.name : `exposure ${g.name}`, g.patch, `${i}:${n}`)));
  });
  table.className = `heat by-${by}`;
  table.replaceChildren(head, el("tbody", {}, body));
  byId("heat-more").replaceChildren(rows.length > HEAT_ROWS
    ? el("button", { type: "button", class: "quiet", "aria-expanded": String(heatAll), onclick: () => { heatAll = !heatAll; drawHeat(all, state, change); byId("heat-more").firstChild?.focus(); } }, heatAll ? `Only the ${HEAT_ROWS} heaviest` : `All ${rows.length} checks`)
    : "");
  if (focused) table.querySelector(`[data-cell="${focused}"]`)?.focus();
}

function said(units, groups, by, packages) {
  const what = by === "package" ? (packages > groups.length ? `the ${groups.length} of ${grouped(packages)} packages with the most units` : count(packages, "package")) : "columns are exposures";
  return `${count(units.length, "scored unit")} in view; ${what}.`;
}

function drawSwitch(by, packages, change) {
  const box = byId("heat-by");
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.by : null;
  const button = (key, name) => el("button", { type: "button", "data-by": key, "aria-pressed": String(by === key), onclick: () => change({ by: key }) }, name);
  box.replaceChildren(button("exposure", "By exposure"), button("package", "By package"));
  if (focused) box.querySelector(`[data-by="${focused}"]`)?.focus();
}
