// What was found, by rule, and the findings themselves.

const RULE_ROWS = 20;
const FOUND_ROWS = 25;
let rulesAll = false;
let foundRows = FOUND_ROWS;

function severity(level) {
  return el("span", { class: `severity ${level}` }, SEVERITY_NAMES[level]);
}

function drawRules(all, state, change) {
  const findings = matchingFindings(all, state, matching(all, state, "rule"), "rule");
  const by = tally(findings);
  const most = Math.max(1, ...by.map((r) => r.findings));
  const shown = rulesAll ? by : by.slice(0, RULE_ROWS);
  const table = byId("rules");
  const focused = table.contains(document.activeElement) ? document.activeElement.dataset.rule : null;
  if (!by.length) {
    table.replaceChildren(el("tbody", {}, el("tr", {}, el("td", { class: "empty" }, "Nothing was found in what is in view."))));
  } else {
    const rows = shown.map((r) => {
      const bar = el("i", { class: r.level });
      bar.style.width = `${Math.max(0.6, (r.findings / most) * 100)}%`;
      const on = state.rule === r.rule;
      return el("tr", { class: on ? "on" : null },
        el("td", { class: "r-level" }, severity(r.level)),
        el("th", { scope: "row" }, to({ rule: on ? "" : r.rule, page: 1 }, state, change, { "data-rule": r.rule, "aria-current": on ? "true" : null }, r.rule), el("small", {}, all.rules.get(r.rule)?.summary ?? "")),
        el("td", { class: "num" }, grouped(r.findings)),
        el("td", { class: "r-bar", "aria-hidden": "true" }, el("span", { class: "track" }, bar)),
        el("td", { class: "num r-units" }, grouped(r.units.size)));
    });
    table.replaceChildren(
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Level"), el("th", { scope: "col" }, "Rule"), el("th", { scope: "col", class: "num" }, "Findings"), el("td", { class: "r-bar" }), el("th", { scope: "col", class: "num r-units" }, "Units"))),
      el("tbody", {}, rows));
  }
  byId("rules-more").replaceChildren(by.length > RULE_ROWS
    ? el("button", { type: "button", class: "quiet", "aria-expanded": String(rulesAll), onclick: () => { rulesAll = !rulesAll; drawRules(all, state, change); byId("rules-more").firstChild?.focus(); } }, rulesAll ? "Fewer rules" : `All ${by.length} rules`)
    : "");
  if (focused) [...table.querySelectorAll("[data-rule]")].find((a) => a.dataset.rule === focused)?.focus();
  drawFound(all, state, change);
}

/** Where a finding is. */
function place(finding) {
  const { path, line, column } = finding.raw;
  if (!path) return finding.package.raw.path;
  return line ? `${path}:${line}${column ? `:${column}` : ""}` : path;
}

/** The findings one by one: of a filter, or those of packages, which belong to no unit. */
function drawFound(all, state, change) {
  const box = byId("found");
  const filtered = state.rule || state.package || state.q;
  let findings = matchingFindings(all, state, matching(all, state));
  if (!filtered) findings = findings.filter((f) => !f.unit);
  if (!findings.length) return box.replaceChildren();
  const rank = (f) => SEVERITIES.indexOf(f.level);
  findings.sort((a, b) => rank(a) - rank(b));
  const rows = findings.slice(0, foundRows).map((f) => el("li", {},
    severity(f.level), " ",
    f.unit ? to({ unit: f.unit.key }, state, change, {}, el("bdi", {}, f.unit.name)) : to({ package: f.package.key, page: 1 }, state, change, {}, el("bdi", {}, f.package.name)),
    el("p", {}, f.raw.message),
    el("small", {}, el("code", {}, place(f)), f.unit ? ` in ${visible(f.package.name)}` : "", state.rule && !state.rule.startsWith("level:") ? "" : ` · ${visible(f.rule)}`)));
  const left = findings.length - rows.length;
  box.replaceChildren(
    el("h3", {}, filtered ? count(findings.length, "finding") : `${count(findings.length, "finding")} on packages as a whole`),
    el("ul", { class: "found" }, rows),
    left > 0 ? el("button", { type: "button", class: "quiet", onclick: () => { foundRows += 100; drawFound(all, state, change); } }, `${grouped(Math.min(100, left))} more of ${grouped(left)}`) : "");
}
