// Puts the page together: what is asked, what is drawn when, the keys, the colours.

const all = model(JSON.parse(byId("data").textContent));
let state = readState(location.hash);
let units = [];
let later = 0;
// what is to be drawn when the hands rest
const waiting = new Set();

/** Asks for something else. A unit that is opened can be left by going back. */
function change(patch, then) {
  const before = state;
  state = { ...state, ...patch };
  const opened = before.unit !== state.unit;
  draw(before);
  if (opened) address(!before.unit);
  else {
    clearTimeout(change.timer);
    change.timer = setTimeout(() => address(false), 200);
  }
  if (then) {
    byId(then).scrollIntoView({ block: "start" });
    byId(then).focus({ preventScroll: true });
  }
}

function address(push) {
  clearTimeout(change.timer);
  const fragment = writeState(state);
  if (fragment !== location.hash) history[push ? "pushState" : "replaceState"](null, "", fragment);
}

/** Draws what is different: the table at once, the rest when the hands rest. */
function draw(before) {
  const differs = (...keys) => !before || keys.some((k) => before[k] !== state[k]);
  if (differs("sort")) drawHead(state, change);
  if (differs(...FILTERS, "sort")) {
    units = matching(all, state);
    controls();
  }
  if (differs(...FILTERS, "sort", "page")) drawTable(units, state, change);
  if (differs("unit")) openUnit(before);
  if (differs("package")) drawPackage(all, state);
  if (differs(...FILTERS)) for (const part of [drawChart, drawHeat, drawRules]) waiting.add(part);
  if (differs("by")) waiting.add(drawHeat);
  clearTimeout(later);
  if (waiting.size) later = setTimeout(rest, before ? 120 : 0);
}

function rest() {
  if (waiting.has(drawRules)) foundRows = FOUND_ROWS;
  for (const part of waiting) part(all, state, change);
  waiting.clear();
}

/** Makes what a search looks through before somebody searches. */
function readAhead(from) {
  const next = all.units.slice(from, from + 250);
  if (!next.length) return;
  next.forEach(textOf);
  setTimeout(readAhead, 20, from + 250);
}

function openUnit(before) {
  const open = byId("unit").contains(document.activeElement);
  // the page gets narrower and so longer; the row stays where the eye is
  const row = rowOf(state.unit || before?.unit);
  const top = row?.getBoundingClientRect().top;
  drawUnit(all, state, change);
  if (row && Boolean(before?.unit) !== Boolean(state.unit) && top > 0 && top < innerHeight) scrollBy({ top: row.getBoundingClientRect().top - top, behavior: "instant" });
  for (const row of byId("table").tBodies[0].rows) row.classList.toggle("on", state.unit !== "" && keyOf(row) === state.unit);
  if (state.unit && !byId("unit").hidden) byId("unit-title").focus({ preventScroll: true });
  else if (open || before?.unit) rowOf(before?.unit)?.querySelector(".open")?.focus();
}

const rowOf = (key) => [...byId("table").tBodies[0].rows].find((r) => keyOf(r) === key);
const keyOf = (row) => all.units[row?.dataset.unit]?.key;

/** The filter row says what is asked, and what that comes to. */
function controls() {
  for (const id of ["q", "level", "package", "rule"]) if (byId(id).value !== state[id]) byId(id).value = state[id];
  const c = census(units);
  byId("said").textContent = `${units.length === all.units.length ? "All" : `${grouped(c.units)} of`} ${count(all.units.length, "unit")}${c.scored ? `, mean exposure ${tenths(c.score)}` : ""}`;
  const chip = (key, name) => el("button", { type: "button", class: "chip", title: "Remove this filter", onclick: () => { change({ [key]: "", page: 1 }); byId("q").focus(); } }, name, el("span", { "aria-hidden": "true" }, "×"), el("span", { class: "unseen" }, " (remove)"));
  const band = state.band.split("-").map(Number);
  const chips = [
    state.band && chip("band", `Exposure ${tenths(band[0])}${band[1] > 110 ? " and more" : ` to ${tenths(band[1])}`}`),
    state.check && chip("check", `Without ${checkName(state.check).join("")}`),
    state.rule && !state.rule.startsWith("level:") && chip("rule", `Rule ${state.rule}`),
    state.package && chip("package", `Package ${all.packageBy.get(state.package)?.name ?? state.package}`),
  ].filter(Boolean);
  const asked = FILTERS.filter((f) => state[f]).length;
  if (asked) chips.push(el("button", { type: "button", class: "quiet", id: "clear", onclick: () => { clear(); byId("q").focus(); } }, "Remove all"));
  byId("chips").replaceChildren(...chips);
}

const clear = () => change(NOTHING);

function drawTop() {
  const c = census(all.units);
  const found = tally(all.findings);
  const sum = (level) => found.filter((r) => r.level === level).reduce((n, r) => n + r.findings, 0);
  document.title = visible(all.title);
  say(byId("title"), all.title);
  byId("systemd").textContent = visible(`systemd ${all.systemd}`);
  byId("version").textContent = visible(`Made by unitlint ${all.version} for systemd ${all.systemd}. This page is one file, and fetches nothing.`);
  if (c.score !== null) {
    byId("score").append(
      el("b", { class: `text-${known(levelOf(c.score))}` }, tenths(c.score)),
      el("span", {}, el("span", { class: `word text-${known(levelOf(c.score))}` }, levelOf(c.score)), el("small", {}, `mean exposure of ${count(c.scored, "unit")}; 10 is worst`)));
  }
  const numbers = [["Packages", grouped(all.packages.length)], ["Units", grouped(c.units)], c.scored ? ["Median", tenths(c.median)] : null, c.scored ? ["Worst", tenths(c.worst)] : null,
    ["Errors", grouped(sum("error")), "error"], ["Warnings", grouped(sum("warn")), "warn"], ["Notes", grouped(sum("note")), "note"], all.suppressed ? ["Suppressed", grouped(all.suppressed)] : null].filter(Boolean);
  byId("numbers").append(...numbers.map(([k, v, level]) => el("div", {}, el("dt", {}, k), el("dd", {}, level && v !== "0" ? to({ rule: `level:${level}`, page: 1 }, state, change, {}, v) : v))));
  const unread = all.packages.filter((p) => !p.raw.complete || p.raw.failures.length);
  if (unread.length) {
    byId("unread").append(el("details", { class: "unread" }, el("summary", {}, `${count(unread.length, "package")} could not be read as a whole`),
      el("ul", {}, unread.map((p) => el("li", {}, el("b", {}, el("bdi", {}, p.name)), `: ${p.raw.failures.map(visible).join("; ") || "not all of it was read"}`)))));
  }
  const option = (value, name) => Object.assign(document.createElement("option"), { value, textContent: visible(name) });
  const levels = new Map();
  for (const u of all.units) levels.set(u.level, (levels.get(u.level) ?? 0) + 1);
  byId("level").append(option("", "All levels"), ...LEVELS.filter(([l]) => levels.has(l)).map(([l]) => option(l, `${l} (${grouped(levels.get(l))})`)), ...(levels.has("") ? [option("none", `No score (${grouped(levels.get(""))})`)] : []));
  const packages = all.packages.filter((p) => p.units.length || p.findings.length).sort((a, b) => (a.name < b.name ? -1 : 1));
  byId("package").append(option("", "All packages"), ...packages.map((p) => option(p.key, `${p.key} (${p.units.length})`)));
  byId("rule").append(option("", "All rules"));
  for (const level of SEVERITIES) {
    const rules = found.filter((r) => r.level === level);
    if (rules.length) byId("rule").append(el("optgroup", { label: `${SEVERITY_NAMES[level]}s` }, option(`level:${level}`, `Any ${SEVERITY_NAMES[level].toLowerCase()} (${grouped(sum(level))})`), rules.map((r) => option(r.rule, `${r.rule} (${grouped(r.findings)})`))));
  }
}

function listen() {
  byId("filters").addEventListener("submit", (e) => e.preventDefault());
  byId("q").addEventListener("input", (e) => change({ q: e.target.value, page: 1 }));
  for (const id of ["level", "package", "rule"]) byId(id).addEventListener("change", (e) => change({ [id]: e.target.value, page: 1 }));
  byId("table").addEventListener("click", (e) => {
    const row = e.target.closest("tr[data-unit]");
    if (row && !e.target.closest("a, button") && !String(getSelection())) change({ unit: keyOf(row) });
  });
  const jump = (id) => (e) => { e?.preventDefault(); byId(id).scrollIntoView({ block: "start" }); byId(id).focus({ preventScroll: true }); };
  for (const id of ["units", "coverage", "findings"]) byId(`to-${id}`).addEventListener("click", jump(id));
  byId("skip").addEventListener("click", jump("units"));
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("theme").addEventListener("click", () => theme(dark() ? "light" : "dark"));
  addEventListener("hashchange", () => { const before = state; state = readState(location.hash); draw(before); });
  addEventListener("popstate", () => { const before = state; state = readState(location.hash); draw(before); });
  addEventListener("beforeprint", () => drawTable(units, state, change, true));
  addEventListener("afterprint", () => drawTable(units, state, change));
  let width = byId("chart").clientWidth;
  new ResizeObserver(() => {
    if (byId("chart").clientWidth === width) return;
    width = byId("chart").clientWidth;
    drawChart(all, state, change);
  }).observe(byId("chart"));
  const keys = {
    "/": () => { byId("q").focus(); byId("q").select(); },
    "?": () => byId("keys").showModal(), t: () => byId("theme").click(), x: clear,
    j: () => move(1), k: () => move(-1), ArrowDown: () => inRow() && move(1), ArrowUp: () => inRow() && move(-1),
    n: () => change({ page: Math.min(state.page + 1, Math.max(1, Math.ceil(units.length / PAGE))) }), p: () => change({ page: Math.max(1, state.page - 1) }),
    1: jump("units"), 2: jump("coverage"), 3: jump("findings"), Escape: () => state.unit && change({ unit: "" }),
  };
  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || byId("keys").open || e.defaultPrevented) return;
    const typing = e.target.closest?.("input, select, textarea");
    if (typing) {
      if (e.key === "Escape" && typing.id === "q") { if (typing.value) change({ q: "", page: 1 }); else typing.blur(); e.preventDefault(); }
      if (e.key === "ArrowDown" && typing.id === "q" || e.key === "Enter" && typing.id === "q") { e.preventDefault(); move(1); }
      if (typing.id === "q" || typing.tagName === "SELECT") return;
      if (e.key !== "Escape") return;
    }
    if (!Object.hasOwn(keys, e.key)) return;
    if (keys[e.key]() !== false) e.preventDefault();
  });
}

/** Whether the arrows are for the table: where a row has the focus, or a unit's title. */
const inRow = () => Boolean(document.activeElement?.closest("#table tbody") || document.activeElement?.id === "unit-title");

/** To the next unit: the open one gives way to it, otherwise its row gets the focus. */
function move(by) {
  const key = state.unit || keyOf(document.activeElement?.closest("tr[data-unit]"));
  const now = units.findIndex((u) => u.key === key);
  const at = now < 0 ? (state.page - 1) * PAGE : Math.min(units.length - 1, Math.max(0, now + by));
  if (!units[at]) return;
  const page = Math.floor(at / PAGE) + 1;
  change(state.unit ? { page, unit: units[at].key } : { page });
  const row = rowOf(units[at].key);
  row?.scrollIntoView({ block: "nearest" });
  if (!state.unit) row?.querySelector(".open").focus({ preventScroll: true });
}

/** Light or dark, as the system has it until somebody chooses. */
const dark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

function theme(name) {
  if (name) {
    document.documentElement.dataset.theme = name;
    try { localStorage.setItem("unitlint-theme", name); } catch { /* a page without storage forgets */ }
  }
  byId("theme").textContent = dark() ? "Light" : "Dark";
  byId("theme").setAttribute("aria-label", `${dark() ? "Light" : "Dark"} colours`);
}

try { theme(["light", "dark"].find((t) => t === localStorage.getItem("unitlint-theme"))); } catch { theme(); }
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme());
drawTop();
listen();
draw();
setTimeout(readAhead, 100, 0);
