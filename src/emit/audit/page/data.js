// What the page knows, from the records of the audit. Nothing here touches the document.

// systemd's words, the worst first, each from so many tenths on
const LEVELS = [["DANGEROUS", 100], ["UNSAFE", 90], ["EXPOSED", 75], ["MEDIUM", 50], ["OK", 10], ["SAFE", 1], ["PERFECT", 0]];
const SEVERITIES = ["error", "warn", "note"];
const SEVERITY_NAMES = { error: "Error", warn: "Warning", note: "Note" };
// these say a number that has a column of its own
const SCORES = new Set(["exposure-score", "resource-score"]);

/** The word for an exposure in tenths. */
function levelOf(exposure) {
  return LEVELS.find(([, from]) => exposure >= from)?.[0] ?? "PERFECT";
}

const inTenths = (n) => (typeof n === "number" ? Math.round(n * 10) : null);

/** How a check is written in a unit: its directive, and which part of it. */
function checkName(id) {
  if (id === "UserOrDynamicUser") return ["User= or DynamicUser=", ""];
  if (id === "RootDirectoryOrRootImage") return ["RootDirectory= or RootImage=", ""];
  const [, key, part] = /^([^_]*)_?(.*?)\)?$/.exec(id);
  return [`${key}=`, part && `~${key === "SystemCallFilter" ? "@" : ""}${part.replaceAll("_", key === "SystemCallFilter" ? "-" : "_")}`];
}

/** Everything, linked with each other. */
function model(data) {
  const checks = (data.checks ?? []).map((c) => ({ ...c, name: checkName(c.id) })).sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1));
  const all = {
    title: data.title, version: data.unitlint, systemd: data.systemd, packages: [], units: [], findings: [],
    checks, checkAt: new Map(checks.map((c, i) => [c.id, i])), rules: new Map(Object.entries(data.rules ?? {})),
    suppressed: 0, grid: null, orders: new Map(),
  };
  const keys = new Set();
  const unique = (key) => {
    let own = key;
    for (let n = 2; keys.has(own); n++) own = `${key}~${n}`;
    keys.add(own);
    return own;
  };
  for (const raw of data.packages ?? []) {
    const it = { key: unique(raw.name), name: raw.name, raw, units: [], findings: [], at: all.packages.length };
    all.packages.push(it);
    all.suppressed += raw.suppressed ?? 0;
    const places = new Map();
    for (const u of raw.units) {
      const exposure = inTenths(u.exposure);
      const unit = {
        at: all.units.length, key: unique(`${it.key}/${u.scope}/${u.name}`), name: u.name, user: u.scope === "user", package: it, raw: u,
        exposure, level: exposure === null ? "" : (u.level ?? levelOf(exposure)), resources: inTenths(u.resources),
        after: u.steps.length ? inTenths(u.steps.at(-1).to) : null, findings: [], error: 0, warn: 0, note: 0, text: null,
      };
      for (const path of [...u.dropins, u.path]) places.set(`${u.name}\n${path}`, unit);
      if (!places.has(u.name)) places.set(u.name, unit);
      it.units.push(unit);
      all.units.push(unit);
    }
    for (const f of raw.findings) {
      if (SCORES.has(f.rule)) continue;
      const unit = f.unit ? places.get(`${f.unit}\n${f.path}`) ?? places.get(f.unit) : undefined;
      const finding = { rule: f.rule, level: SEVERITIES.includes(f.level) ? f.level : "note", unit: unit ?? null, package: it, raw: f };
      all.findings.push(finding);
      (unit ?? it).findings.push(finding);
      if (unit) unit[finding.level]++;
    }
  }
  all.unitBy = new Map(all.units.map((u) => [u.key, u]));
  all.packageBy = new Map(all.packages.map((p) => [p.key, p]));
  return all;
}

/** What each unit says to each check: 0 does not apply, 1 passed, 2 open; a row of the grid for a unit. */
function says(all, unit, check) {
  const width = all.checks.length;
  if (!all.grid) {
    all.grid = new Uint8Array(all.units.length * width);
    for (const u of all.units) {
      for (const c of u.raw.checks) {
        const at = all.checkAt.get(c.id);
        if (at !== undefined) all.grid[u.at * width + at] = c.set ? 1 : 2;
      }
    }
  }
  return all.grid[unit.at * width + check];
}

/** What units come to: the mean, rounded as the audit does, the lower median, the worst. */
function census(units) {
  const scores = units.map((u) => u.exposure).filter((e) => e !== null).sort((a, b) => a - b);
  const n = scores.length;
  if (!n) return { units: units.length, scored: 0, score: null, median: null, worst: null };
  const sum = scores.reduce((a, b) => a + b, 0);
  return { units: units.length, scored: n, score: Math.floor((2 * sum + n) / (2 * n)), median: scores[(n - 1) >> 1], worst: scores[n - 1] };
}

/** How many units there are in each half of a point, by level: `[{from, to, levels: Map, units}]`. */
function distribution(units) {
  const bins = [];
  const bin = (at) => {
    while (bins.length <= at) bins.push({ from: bins.length * 5, to: bins.length * 5 + 4, levels: new Map(), units: 0 });
    return bins[at];
  };
  bin(20);
  for (const u of units) {
    if (u.exposure === null) continue;
    const it = bin(Math.floor(u.exposure / 5));
    it.units++;
    it.levels.set(u.level, (it.levels.get(u.level) ?? 0) + 1);
  }
  return bins;
}

/** The columns of the heat map: whole points of exposure, or the packages that have the most units. */
function columns(units, by, most) {
  const groups = new Map();
  for (const u of units) {
    if (u.exposure === null) continue;
    const key = by === "package" ? u.package.key : Math.floor(u.exposure / 10);
    const group = groups.get(key) ?? { key, units: [], package: u.package };
    groups.set(key, group);
    group.units.push(u);
  }
  const out = [...groups.values()];
  if (by !== "package") {
    return out.sort((a, b) => a.key - b.key).map((g) => ({ ...g, name: g.key < 10 ? `${g.key}–${g.key}.9` : `${g.key}+`, patch: { band: `${g.key * 10}-${g.key < 10 ? g.key * 10 + 9 : 1000}` } }));
  }
  out.sort((a, b) => b.units.length - a.units.length || (a.key < b.key ? -1 : 1));
  const named = out.slice(0, most).sort((a, b) => (a.key < b.key ? -1 : 1));
  return named.map((g) => ({ ...g, name: g.package.name, patch: { package: g.key } }));
}

/** How many units of a column pass each check: `{set, open}` by check. */
function coverage(all, units) {
  const out = all.checks.map(() => ({ set: 0, open: 0 }));
  if (!units.length) return out;
  says(all, units[0], 0);
  const width = all.checks.length;
  for (const u of units) {
    const row = u.at * width;
    for (let c = 0; c < width; c++) {
      if (all.grid[row + c] === 1) out[c].set++;
      else if (all.grid[row + c] === 2) out[c].open++;
    }
  }
  return out;
}

/** Findings by rule and level, the most serious and then the most frequent first. */
function tally(findings) {
  const by = new Map();
  for (const f of findings) {
    const key = `${f.level} ${f.rule}`;
    const it = by.get(key) ?? { rule: f.rule, level: f.level, findings: 0, units: new Set() };
    by.set(key, it);
    it.findings++;
    it.units.add(f.unit ?? f.package);
  }
  const rank = (l) => SEVERITIES.indexOf(l);
  return [...by.values()].sort((a, b) => rank(a.level) - rank(b.level) || b.findings - a.findings || (a.rule < b.rule ? -1 : 1));
}

/** A drop-in with lines, and where it belongs. */
function dropin(unit, lines) {
  const section = { service: "Service", socket: "Socket", mount: "Mount", swap: "Swap" }[unit.name.split(".").pop()] ?? "Service";
  const path = `/etc/systemd/${unit.user ? "user" : "system"}/${visible(unit.name)}.d/50-hardening.conf`;
  return { path, text: `# ${path}\n[${section}]\n${lines.map((l) => `${visible(l)}\n`).join("")}` };
}
