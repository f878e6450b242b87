// What the page of `unitlint audit --format html` computes, without a browser: `node --test tests/page.mjs`, by hand.
// tests/live/page.mjs looks at the page itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const source = ["text", "data", "state"].map((name) => readFileSync(new URL(`../src/emit/audit/page/${name}.js`, import.meta.url), "utf8")).join("\n");
const names = "visible pieces grouped count tenths levelOf checkName model says census distribution columns coverage tally dropin readState writeState matching matchingFindings ASKED".split(" ");
const page = new Function(`"use strict"; ${source}; return { ${names.join(", ")} };`)();

const unit = (name, exposure, more = {}) => ({ name, scope: "system", path: `/usr/lib/systemd/system/${name}`, dropins: [], exposure, level: exposure === null ? null : page.levelOf(exposure * 10), refused: null, resources: null, checks: [], steps: [], ...more });
const finding = (rule, level, of, message = "something") => ({ rule, level, message, unit: of, path: of && `/usr/lib/systemd/system/${of}`, line: 3, column: 1 });
const record = (name, units, findings = []) => ({ path: `${name}.deb`, format: "deb", name, version: "1", architecture: "all", source: null, complete: true, exposure: null, units, findings, suppressed: 1, failures: [] });
const data = (packages) => ({ unitlint: "0", title: "t", systemd: 257, packages, checks: [{ id: "PrivateTmp", rule: "private-tmp", summary: "s", weight: 1000 }, { id: "PrivateNetwork", rule: "private-network", summary: "s", weight: 2500 }], rules: {} });
const some = () => page.model(data([
  record("one", [unit("a.service", 9.4, { checks: [{ id: "PrivateTmp", set: false, cost: 0.2 }, { id: "PrivateNetwork", set: true }], steps: [{ line: "PrivateTmp=yes", to: 9.2 }] }), unit("b.service", 2.0, { checks: [{ id: "PrivateTmp", set: true }] })], [finding("x", "warn", "a.service", "Say \u202ewhat"), finding("exposure-score", "note", "a.service"), finding("y", "error", "")]),
  record("one", [unit("a.service", 5.0), unit("t.target", null)], [finding("__proto__", "note", "a.service")]),
]));
const asked = (more) => ({ ...page.ASKED, ...more });
const found = (all, more) => page.matching(all, asked(more)).map((u) => u.key);

test("what steers is shown by its number", () => {
  assert.equal(page.visible("a\x1b[2J\u202eb\n\t\x9b\ufeff\u{e0041}é<b>"), "a\\x1b[2J\\u{202e}b\\n\\t\\x9b\\u{feff}\\u{e0041}é<b>");
  assert.deepEqual(page.pieces("a\x00b"), [["a", false], ["\\x00", true], ["b", false]]);
  assert.equal(page.visible("\ud800 \u{1f600}"), "\\u{d800} \u{1f600}");
  assert.equal(page.visible(null), "");
});

test("numbers and words", () => {
  assert.equal(page.count(1, "unit"), "1 unit");
  assert.equal(page.grouped(1234567), "1,234,567");
  assert.deepEqual([0, 1, 9, 10, 50, 75, 90, 100].map(page.levelOf), ["PERFECT", "SAFE", "SAFE", "OK", "MEDIUM", "EXPOSED", "UNSAFE", "DANGEROUS"]);
  assert.deepEqual(page.checkName("CapabilityBoundingSet_CAP_NET_BIND_SERVICE_BROADCAST_RAW)"), ["CapabilityBoundingSet=", "~CAP_NET_BIND_SERVICE_BROADCAST_RAW"]);
  assert.deepEqual(page.checkName("SystemCallFilter_cpu_emulation"), ["SystemCallFilter=", "~@cpu-emulation"]);
  assert.deepEqual(page.checkName("PrivateTmp"), ["PrivateTmp=", ""]);
});

test("a set comes to what the audit says", () => {
  const of = (...e) => page.census(e.map((exposure) => ({ exposure })));
  assert.deepEqual(of(94, 20, 50, 96, 10), { units: 5, scored: 5, score: 54, median: 50, worst: 96 });
  assert.deepEqual(of(90, 95, null), { units: 3, scored: 2, score: 93, median: 90, worst: 95 });
  assert.deepEqual(of(), { units: 0, scored: 0, score: null, median: null, worst: null });
  const bins = page.distribution([{ exposure: 0, level: "PERFECT" }, { exposure: 4, level: "SAFE" }, { exposure: 100, level: "DANGEROUS" }]);
  assert.deepEqual([bins.length, bins[0].units, bins[0].levels.size, bins[20].units], [21, 2, 2, 1]);
});

test("packages of one name are kept apart, and findings go to their units", () => {
  const all = some();
  assert.deepEqual(all.units.map((u) => u.key), ["one/system/a.service", "one/system/b.service", "one~2/system/a.service", "one~2/system/t.target"]);
  assert.deepEqual(all.units.map((u) => u.findings.map((f) => f.rule)), [["x"], [], ["__proto__"], []]);
  assert.deepEqual(all.packages[0].findings.map((f) => f.rule), ["y"]);
  assert.equal(all.suppressed, 2);
  assert.deepEqual(page.tally(all.findings).map((r) => r.rule), ["y", "x", "__proto__"]);
});

test("filters", () => {
  const all = some();
  assert.deepEqual(found(all, {}), ["one/system/a.service", "one~2/system/a.service", "one/system/b.service", "one~2/system/t.target"]);
  assert.deepEqual(found(all, { sort: "name" }).at(0), "one/system/a.service");
  assert.deepEqual(found(all, { q: "A.serv one" }).length, 2);
  assert.deepEqual(found(all, { q: "\\u{202e}what" }), ["one/system/a.service"]);
  assert.deepEqual(found(all, { level: "none" }), ["one~2/system/t.target"]);
  assert.deepEqual(found(all, { level: "MEDIUM", package: "one~2" }), ["one~2/system/a.service"]);
  assert.deepEqual(found(all, { check: "PrivateTmp" }), ["one/system/a.service"]);
  assert.deepEqual(found(all, { check: "no such" }), []);
  assert.deepEqual(found(all, { band: "15-50" }), ["one~2/system/a.service", "one/system/b.service"]);
  assert.deepEqual(found(all, { rule: "level:warn" }), ["one/system/a.service"]);
  assert.deepEqual(found(all, { rule: "__proto__" }), ["one~2/system/a.service"]);
  const rules = (more) => page.matchingFindings(all, asked(more), page.matching(all, asked(more))).map((f) => f.rule);
  assert.deepEqual(rules({}), ["x", "__proto__", "y"]);
  assert.deepEqual(rules({ rule: "y" }), ["y"]);
  assert.deepEqual(rules({ band: "90-94" }), ["x"]);
});

test("the heat map counts units that pass", () => {
  const all = some();
  assert.deepEqual(all.checks.map((c) => c.id), ["PrivateNetwork", "PrivateTmp"]);
  assert.deepEqual(page.coverage(all, all.units), [{ set: 1, open: 0 }, { set: 1, open: 1 }]);
  assert.deepEqual(page.columns(all.units, "exposure", 9).map((c) => [c.name, c.patch.band]), [["2–2.9", "20-29"], ["5–5.9", "50-59"], ["9–9.9", "90-99"]]);
  assert.deepEqual(page.columns(all.units, "package", 1).map((c) => [c.key, c.units.length]), [["one", 2]]);
});

test("a view is in the address, and an address can hold anything", () => {
  const state = asked({ q: "a&b=c #\u202e", rule: "x", page: 3, sort: "name", unit: "one/system/a.service" });
  assert.deepEqual(page.readState(page.writeState(state)), state);
  assert.equal(page.writeState(asked({})), "#");
  assert.deepEqual(page.readState("#page=-3&sort=constructor&__proto__=1&nonsense"), asked({}));
});

test("a drop-in is one comment, one section and the lines", () => {
  assert.equal(page.dropin({ name: "a.socket", user: true }, ["PrivateTmp=yes"]).text, "# /etc/systemd/user/a.socket.d/50-hardening.conf\n[Socket]\nPrivateTmp=yes\n");
  assert.ok(!page.dropin({ name: "a\nUser=root.service", user: false }, []).text.includes("\nUser="));
});
