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
  const shown = by.filter((r, i) => rulesAll || i < RULE_ROWS || r.rule === state.rule);
  const found = drawFound(all, state, change);
  const inside = shown.findIndex((r) => r.rule === state.rule);
  const table = byId("rules");
  const focused = table.contains(document.activeElement) ? document.activeElement.textContent : null;
  if (!by.length) {
    table.replaceChildren(el("tbody", {}, el("tr", {}, el("td", { class: "empty" }, "Nothing was found in what is in view."))));
  } else {
    const rows = shown.flatMap((r, i) => {
      const bar = el("i", { class: r.level });
      bar.style.width = `${Math.max(0.6, (r.findings / most) * 100)}%`;
      const on = state.rule === r.rule;
      const row = el("tr", { class: on ? "on" : null },
        el("td", { class: "r-level" }, severity(r.level)),
        el("th", { scope: "row" }, to({ rule: on ? "" : r.rule, page: 1 }, state, change, { "data-rule": true, "aria-current": on ? "true" : null }, r.rule), el("small", {}, all.rules.get(r.rule)?.summary ?? "")),
        el("td", { class: "num" }, grouped(r.findings)),
        el("td", { class: "r-bar", "aria-hidden": "true" }, el("span", { class: "track" }, bar)),
        el("td", { class: "num r-units" }, grouped(r.units.size)));
      return i === inside && found ? [row, el("tr", { class: "inside" }, el("td", { colspan: "5" }, found))] : [row];
    });
    table.replaceChildren(
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Level"), el("th", { scope: "col" }, "Rule"), el("th", { scope: "col", class: "num" }, "Findings"), el("th", { class: "r-bar", "aria-hidden": "true" }), el("th", { scope: "col", class: "num r-units" }, "Units"))),
      el("tbody", {}, rows));
  }
  byId("rules-more").replaceChildren(by.length > RULE_ROWS
    ? el("button", { type: "button", class: "quiet", "aria-expanded": String(rulesAll), onclick: () => { rulesAll = !rulesAll; drawRules(all, state, change); byId("rules-more").firstChild?.focus(); } }, rulesAll ? "Fewer rules" : `All ${by.length} rules`)
    : "");
  if (focused) [...table.querySelectorAll("[data-rule]")].find((a) => a.textContent === focused)?.focus();
  byId("found").replaceChildren(inside < 0 && found ? found : "");
}

/** Where a finding is. */
function place(finding) {
  const { path, line, column } = finding.raw;
  if (!path) return finding.package.raw.path;
  return line ? `${path}:${line}${column ? `:${column}` : ""}` : path;
}

/** The findings one by one: of what is in view, or, without a filter, those of packages, which belong to no unit. */
function drawFound(all, state, change) {
  const filtered = FILTERS.some((f) => state[f]);
  let findings = matchingFindings(all, state, matching(all, state));
  if (!filtered) findings = findings.filter((f) => !f.unit);
  if (!findings.length) return null;
  const rank = (f) => SEVERITIES.indexOf(f.level);
  findings.sort((a, b) => rank(a) - rank(b));
  const rows = findings.slice(0, foundRows).map((f) => el("li", {},
    severity(f.level), " ",
    f.unit ? to({ unit: f.unit.key }, state, change, {}, el("bdi", {}, f.unit.name)) : to({ package: f.package.key, page: 1 }, state, change, {}, el("bdi", {}, f.package.name)),
    el("p", {}, f.raw.message),
    el("small", {}, el("code", {}, place(f)), f.unit ? ` in ${visible(f.package.name)}` : "", state.rule && !state.rule.startsWith("level:") ? "" : ` · ${visible(f.rule)}`)));
  const left = findings.length - rows.length;
  return el("div", { class: "findings" },
    el("h3", {}, filtered ? count(findings.length, "finding") : `${count(findings.length, "finding")} on packages as a whole`),
    el("ul", { class: "found" }, rows),
    left > 0 ? el("button", { type: "button", class: "quiet", onclick: () => { foundRows += 100; drawRules(all, state, change); } }, `${grouped(Math.min(100, left))} more of ${grouped(left)}`) : "");
}
