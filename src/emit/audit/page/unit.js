// A unit by itself: what lowers its exposure, what was found, and each check with the line that decides it.

function drawUnit(all, state, change) {
  const panel = byId("unit");
  const unit = all.unitBy.get(state.unit);
  document.documentElement.classList.toggle("with-unit", Boolean(unit));
  panel.hidden = !unit;
  if (!unit) return panel.replaceChildren();
  const { raw } = unit;
  const close = to({ unit: "" }, state, change, { class: "close", role: "button", "aria-label": "Close", title: "Close (Esc)" }, "×");
  const about = [["Package", to({ package: unit.package.key, page: 1 }, state, change, {}, el("bdi", {}, unit.package.name), unit.package.raw.version ? el("small", {}, ` ${visible(unit.package.raw.version)}`) : null)],
    ["File", el("code", {}, raw.path)], ...raw.dropins.map((d) => ["Drop-in", el("code", {}, d)]),
    ["Manager", unit.user ? "user" : "system"],
    unit.resources === null ? null : ["Resources", `${tenths(unit.resources)} of 10: what it may take of the machine`],
    raw.refused ? ["Not loaded", raw.refused] : null].filter(Boolean);
  panel.replaceChildren(
    el("header", {}, el("h2", { id: "unit-title", tabindex: "-1" }, el("bdi", {}, unit.name)), close),
    unit.exposure === null ? el("p", { class: "said" }, raw.refused ? "It has no exposure: systemd does not load it." : "It starts no process of its own, so it has no exposure.") : el("p", { class: "now", id: "unit-now" }, meter(unit.exposure, unit.level)),
    el("dl", { class: "about-unit" }, about.map(([k, v]) => el("div", {}, el("dt", {}, k), el("dd", {}, v)))),
    raw.steps.length ? steps(unit) : "",
    unitFindings(all, unit),
    raw.checks.length ? sandbox(all, unit, state, change) : "");
  panel.scrollTop = 0;
}

function steps(unit) {
  const all = unit.raw.steps;
  const result = el("p", { class: "result", role: "status" });
  const code = el("code", {});
  const copied = el("span", { role: "status", class: "copied" });
  const items = [];
  let text = "";
  const choose = (n) => {
    const made = dropin(unit, all.slice(0, n + 1).map((s) => s.line));
    text = made.text;
    code.textContent = made.text;
    copied.textContent = "";
    const to = inTenths(all[n].to);
    result.replaceChildren(el("b", {}, tenths(unit.exposure)), " → ", el("b", { class: `text-${known(levelOf(to))}` }, tenths(to)), el("span", { class: `word text-${known(levelOf(to))}` }, levelOf(to)), el("small", {}, ` with ${n + 1 === all.length ? (n ? `all ${n + 1} lines` : "this line") : n ? `the first ${n + 1} lines` : "the first line"}`));
    items.forEach((li, i) => li.classList.toggle("taken", i <= n));
  };
  all.forEach((s, i) => {
    const from = i ? inTenths(all[i - 1].to) : unit.exposure;
    const radio = el("input", { type: "radio", name: "up-to", checked: i + 1 === all.length, onchange: () => choose(i) });
    items.push(el("li", {}, el("label", {}, radio, el("code", {}, s.line), el("span", { class: "to" }, tenths(inTenths(s.to)), el("small", {}, `−${tenths(from - inTenths(s.to))}`)))));
  });
  choose(all.length - 1);
  const copy = el("button", { type: "button", class: "main", id: "copy", onclick: async () => { copied.textContent = (await copyText(text)) ? "Copied" : "Copying is not allowed here: select the text"; } }, "Copy drop-in");
  return el("section", {}, el("h3", {}, "Next steps"),
    el("p", { class: "lead" }, "The cheapest lines that seldom break a service, each with the exposure it leads to. Choose how far to go."),
    el("ol", { class: "steps" }, items), result, el("div", { class: "dropin" }, el("pre", { tabindex: "0", "aria-label": "The drop-in" }, code), copy, copied));
}

/** Puts text on the clipboard, also where the page is a file. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    byId("copy")?.focus();
    return done;
  }
}

function unitFindings(all, unit) {
  const list = (findings) => el("ul", { class: "found" }, findings.map((f) => el("li", {}, severity(f.level), " ", el("b", {}, f.rule), el("p", {}, f.raw.message), el("small", {}, el("code", {}, place(f))))));
  const rank = (f) => SEVERITIES.indexOf(f.level);
  const own = [...unit.findings].sort((a, b) => rank(a) - rank(b));
  const rest = unit.package.findings;
  return el("section", {}, el("h3", {}, own.length ? count(own.length, "finding") : "No findings"),
    own.length ? list(own) : "",
    rest.length ? el("details", {}, el("summary", {}, `${count(rest.length, "finding")} on the package as a whole`), list(rest)) : "");
}

function sandbox(all, unit, state, change) {
  const of = new Map(unit.raw.checks.map((c) => [c.id, c]));
  const rows = all.checks.filter((c) => of.has(c.id)).map((c) => ({ ...c, ...of.get(c.id) }));
  const open = rows.filter((c) => !c.set).sort((a, b) => (b.cost ?? 0) - (a.cost ?? 0) || b.weight - a.weight);
  const passed = rows.filter((c) => c.set);
  const table = (checks, caption) => el("table", { class: "sandbox" }, el("caption", { class: "unseen" }, caption),
    el("thead", {}, el("tr", {}, ["State", "Check", "Cost", "Decided by"].map((h) => el("th", { scope: "col" }, h)))),
    el("tbody", {}, checks.map((c) => el("tr", {},
      el("td", {}, el("span", { class: `state ${c.set ? "good" : "open"}` }, c.set ? "on" : "open")),
      el("th", { scope: "row" }, el("span", { class: "check" }, c.name[0], c.name[1] ? el("wbr", {}) : null, c.name[1]), el("small", {}, c.set ? "" : c.summary)),
      el("td", { class: "num" }, c.cost ? `+${tenths(inTenths(c.cost))}` : "–"),
      el("td", { class: "at" }, decided(unit, c))))));
  const block = (checks, name, isOpen) => (checks.length ? el("details", { open: isOpen }, el("summary", {}, `${name} `, el("span", { class: "n" }, String(checks.length))), table(checks, name)) : "");
  return el("section", {}, el("h3", {}, "Sandbox"), el("p", { class: "lead" }, `${passed.length} of ${rows.length} checks pass. Cost is the part of the exposure that a check accounts for.`),
    block(open, "Open", true), block(passed, "Passed", false));
}

/** The line that decides a check: the file is named where it is not the unit's own. */
function decided(unit, check) {
  if (!check.at) return el("span", { class: "none" }, check.set ? "default" : "not set");
  const cut = check.at.lastIndexOf(":");
  const [path, line] = [check.at.slice(0, cut), check.at.slice(cut + 1)];
  return el("code", { title: check.at }, path === unit.raw.path ? `line ${line}` : `${path.split("/").pop()}:${line}`);
}
