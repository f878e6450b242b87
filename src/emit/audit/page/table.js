// The units in a table, a page at a time: what is not shown costs nothing, and tables stay tables for those who listen.

const HEADS = [
  ["exposure", "Exposure", "0 is best, 10 is worst"],
  ["name", "Unit", ""],
  ["package", "Package", ""],
  ["findings", "Findings", "errors, warnings, notes"],
  ["resources", "Resources", "what it may take of the machine: 0 is bounded, 10 is everything"],
  ["after", "In reach", "the exposure with the proposed steps"],
];

/** A link to another view of the same page. */
function to(patch, state, change, attributes, ...children) {
  const go = (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey || e.altKey || e.button) return;
    e.preventDefault();
    change(patch);
  };
  return el("a", { href: writeState({ ...state, ...patch }), onclick: go, ...attributes }, ...children);
}

/** An exposure as a number, a bar and a word. */
function meter(exposure, level) {
  if (exposure === null) return el("span", { class: "none" }, "–");
  const bar = el("i", { class: `fill-${known(level)}` });
  bar.style.width = `${Math.min(100, exposure)}%`;
  return el("span", { class: "meter" }, el("b", {}, tenths(exposure)), el("span", { class: "track", "aria-hidden": "true" }, bar), el("span", { class: `word text-${known(level)}` }, level));
}

/** A level as a part of a class name; the record may say anything. */
function known(level) {
  return LEVELS.some(([l]) => l === level) ? level.toLowerCase() : "unknown";
}

function drawHead(state, change) {
  const cells = HEADS.map(([key, name, about]) => {
    const [, large] = ORDERS[key];
    const [up, down] = [state.sort === key, state.sort === `-${key}`];
    const next = up ? `-${key}` : down ? key : large ? `-${key}` : key;
    const button = el("button", { type: "button", title: about || null, "data-sort": key, onclick: () => change({ sort: next, page: 1 }) }, name, el("span", { class: "arrow", "aria-hidden": "true" }, up ? "▲" : down ? "▼" : ""));
    return el("th", { scope: "col", class: `c-${key}`, "aria-sort": up ? "ascending" : down ? "descending" : null }, button);
  });
  const head = byId("table").tHead;
  const focused = head.contains(document.activeElement) ? document.activeElement.dataset.sort : null;
  head.replaceChildren(el("tr", {}, cells));
  if (focused) head.querySelector(`[data-sort="${focused}"]`)?.focus();
}

function drawRow(unit, at, state, change) {
  const counts = SEVERITIES.filter((s) => unit[s]).map((s) =>
    el("span", { class: `tally ${s}`, title: `${count(unit[s], SEVERITY_NAMES[s].toLowerCase())}` }, el("i", { "aria-hidden": "true" }, s[0].toUpperCase()), String(unit[s]), el("span", { class: "unseen" }, ` ${SEVERITY_NAMES[s].toLowerCase()}${unit[s] === 1 ? "" : "s"} `)));
  const open = to({ unit: unit.key }, state, change, { class: "open" }, el("bdi", {}, unit.name));
  const tag = unit.user ? el("span", { class: "tag" }, "user") : null;
  const refused = unit.raw.refused ? el("span", { class: "tag", title: unit.raw.refused }, unit.raw.refused === "masked" ? "masked" : "not loaded") : null;
  const gain = unit.after === null ? el("span", { class: "none" }, "–") : el("span", { class: "gain" }, tenths(unit.after), el("small", {}, ` −${tenths(unit.exposure - unit.after)}`));
  return el("tr", { "data-unit": unit.at, class: state.unit === unit.key ? "on" : null, "aria-rowindex": at + 2 },
    el("td", { class: "c-exposure" }, meter(unit.exposure, unit.level)),
    el("th", { scope: "row", class: "c-name" }, open, tag, refused),
    el("td", { class: "c-package" }, to({ package: unit.package.key, page: 1 }, state, change, { title: `only ${unit.package.name}` }, el("bdi", {}, unit.package.name))),
    el("td", { class: "c-findings" }, counts.length ? counts : el("span", { class: "none" }, "–")),
    el("td", { class: "c-resources" }, unit.resources === null ? el("span", { class: "none" }, "–") : tenths(unit.resources)),
    el("td", { class: "c-after" }, gain));
}

function drawTable(units, state, change, everything) {
  const pages = Math.max(1, Math.ceil(units.length / PAGE));
  const page = Math.min(state.page, pages);
  const from = everything ? 0 : (page - 1) * PAGE;
  const shown = everything ? units.slice(0, 2000) : units.slice(from, from + PAGE);
  const table = byId("table");
  table.setAttribute("aria-rowcount", units.length + 1);
  const rows = shown.map((u, i) => drawRow(u, from + i, state, change));
  const none = el("tr", {}, el("td", { colspan: HEADS.length, class: "empty" }, "No unit is like that. ", el("button", { type: "button", class: "quiet", onclick: () => change(NOTHING) }, "Remove all filters")));
  table.tBodies[0].replaceChildren(...(rows.length ? rows : [none]));
  drawPages(page, pages, units.length, change);
}

function drawPages(page, pages, units, change) {
  if (pages === 1) return byId("pages").replaceChildren();
  const focused = document.activeElement?.dataset?.go;
  const button = (name, go, label, off) => el("button", { type: "button", class: "quiet", "data-go": label, "aria-label": label, disabled: off, onclick: () => { change({ page: go }); byId("units").scrollIntoView({ block: "start" }); } }, name);
  const from = (page - 1) * PAGE;
  byId("pages").replaceChildren(
    button("‹ Previous", page - 1, "Previous page", page === 1),
    el("span", {}, `${grouped(from + 1)} to ${grouped(Math.min(units, from + PAGE))} of ${grouped(units)}`),
    button("Next ›", page + 1, "Next page", page === pages));
  if (focused) [...byId("pages").children].find((b) => b.dataset.go === focused && !b.disabled)?.focus();
}

/** What there is to say of the one package that is asked for. */
function drawPackage(all, state) {
  const it = all.packageBy.get(state.package);
  const box = byId("about-package");
  if (!it) return box.replaceChildren();
  const { raw } = it;
  const about = [["version", raw.version], ["architecture", raw.architecture], ["source", raw.source], ["read from", raw.path]].filter(([, v]) => v);
  const c = census(it.units);
  box.replaceChildren(el("div", { class: "package" },
    el("h3", {}, el("bdi", {}, it.name)),
    el("p", {}, `${count(c.units, "unit")}${c.scored ? `, mean exposure ${tenths(c.score)} ${levelOf(c.score)}` : ", none with a score"}. `, raw.complete ? null : el("strong", {}, "Not all of it was read. ")),
    el("dl", {}, about.map(([k, v]) => el("div", {}, el("dt", {}, k), el("dd", {}, v)))),
    raw.failures.length ? el("ul", { class: "failures" }, raw.failures.map((f) => el("li", {}, f))) : null));
}
