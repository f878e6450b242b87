// What is asked of the page: a search, filters, an order, a page, a unit. It is kept in the fragment of the address, so that
// a view can be linked. Nothing here touches the document.

const ASKED = { q: "", level: "", package: "", rule: "", check: "", band: "", sort: "-exposure", page: 1, by: "", unit: "" };
const FILTERS = ["q", "level", "package", "rule", "check", "band"];
const NOTHING = Object.freeze({ ...Object.fromEntries(FILTERS.map((f) => [f, ""])), page: 1 });
const PAGE = 50;

/** The state in a fragment. */
function readState(fragment) {
  const out = { ...ASKED };
  for (const [key, value] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    if (Object.hasOwn(ASKED, key)) out[key] = value;
  }
  out.page = Math.max(1, Number.parseInt(out.page, 10) || 1);
  if (!Object.hasOwn(ORDERS, out.sort.replace(/^-/, ""))) out.sort = ASKED.sort;
  return out;
}

/** The fragment of a state, without what goes without saying. */
function writeState(state) {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(ASKED)) {
    if (String(state[key]) !== String(value)) out.set(key, state[key]);
  }
  return `#${out}`;
}

// a column's key, and whether it begins with the largest
const ORDERS = {
  exposure: [(u) => u.exposure ?? -1, true],
  name: [(u) => u.name, false],
  package: [(u) => u.package.name, false],
  findings: [(u) => u.error * 1e8 + u.warn * 1e4 + u.note, true],
  resources: [(u) => u.resources ?? -1, true],
  after: [(u) => u.after ?? u.exposure ?? -1, true],
};

/** All units in an order. It is kept: a search only goes through it. */
function ordered(all, sort) {
  if (!all.orders.has(sort)) {
    const down = sort.startsWith("-");
    const [key] = ORDERS[sort.replace(/^-/, "")];
    const keyed = all.units.map((u) => [key(u), u]);
    keyed.sort(([a, x], [b, y]) => {
      if (a !== b) return (a < b ? -1 : 1) * (down ? -1 : 1);
      return y.error - x.error || y.warn - x.warn || (x.name < y.name ? -1 : x.name > y.name ? 1 : x.at - y.at);
    });
    all.orders.set(sort, keyed.map(([, u]) => u));
  }
  return all.orders.get(sort);
}

/** What a search looks through. */
function textOf(unit) {
  unit.text ??= visible([unit.name, unit.package.name, unit.package.raw.source ?? "", unit.raw.path, ...unit.findings.flatMap((f) => [f.rule, f.raw.message])].join(" ")).toLowerCase();
  return unit.text;
}

/** Whether a finding is one of those asked for: a rule's, or all of a level. */
function isOf(finding, rule) {
  return !rule || (rule.startsWith("level:") ? finding.level === rule.slice(6) : finding.rule === rule);
}

/** The test that a state makes on units, without one of its filters: a chart does not filter itself. */
function asks(all, state, without) {
  const tests = [];
  const on = (key) => key !== without && state[key] !== "";
  if (on("package")) tests.push((u) => u.package.key === state.package);
  if (on("level")) tests.push(state.level === "none" ? (u) => u.exposure === null : (u) => u.level === state.level);
  if (on("band")) {
    const [from, to] = state.band.split("-").map(Number);
    tests.push((u) => u.exposure !== null && u.exposure >= from && u.exposure <= to);
  }
  if (on("check")) {
    const check = all.checkAt.get(state.check);
    tests.push((u) => check !== undefined && says(all, u, check) === 2);
  }
  if (on("rule")) tests.push((u) => u.findings.some((f) => isOf(f, state.rule)));
  if (on("q")) {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    tests.push((u) => words.every((w) => textOf(u).includes(w)));
  }
  return (u) => tests.every((t) => t(u));
}

/** The units that are asked for, in order. */
function matching(all, state, without) {
  return ordered(all, state.sort).filter(asks(all, state, without));
}

/** The findings that are asked for: those of these units, and, where nothing is asked of units, those of packages. */
function matchingFindings(all, state, units, without) {
  const rule = without === "rule" ? "" : state.rule;
  const out = units.flatMap((u) => u.findings).filter((f) => isOf(f, rule));
  if (state.level || state.band || state.check) return out;
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  for (const p of all.packages) {
    if (state.package && p.key !== state.package) continue;
    for (const f of p.findings) {
      const text = words.length ? visible([p.name, f.rule, f.raw.message, f.raw.path].join(" ")).toLowerCase() : "";
      if (isOf(f, rule) && words.every((w) => text.includes(w))) out.push(f);
    }
  }
  return out;
}
