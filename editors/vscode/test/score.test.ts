import assert from "node:assert/strict";
import { test } from "node:test";
import { barColour, barText, isUnitStatus, tooltip, type UnitStatus } from "../src/score";

function status(changed: Partial<UnitStatus> = {}): UnitStatus {
  const uri = "file:///etc/systemd/system/a.service";
  return { uri, unit: "a.service", exposure: 9.4, level: "UNSAFE", resources: 8, errors: 0, warnings: 1, notes: 2, ...changed };
}

test("the bar shows the exposure, or else the resources", () => {
  assert.equal(barText(status()), "$(shield) 9.4 UNSAFE");
  assert.equal(barText(status({ exposure: 0, level: "PERFECT" })), "$(shield) 0.0 PERFECT");
  assert.equal(barText(status({ exposure: null, level: null })), "$(shield) resources 8.0");
  assert.equal(barText(status({ exposure: null, level: null, resources: null })), "$(shield) unitlint");
});

test("each level has its colour", () => {
  const colours = ["DANGEROUS", "UNSAFE", "EXPOSED", "MEDIUM", "OK", "SAFE", "PERFECT"].map((level) =>
    barColour(status({ level })),
  );
  assert.deepEqual(
    colours.map((colour) => colour?.replace("charts.", "")),
    ["red", "red", "orange", "yellow", "green", "green", "green"],
  );
  assert.equal(barColour(status({ level: null })), undefined);
});

test("the tooltip counts", () => {
  assert.equal(
    tooltip(status()),
    "**a\\.service**\n\nexposure 9.4 UNSAFE\n\nresources 8.0\n\n0 errors, 1 warning, 2 notes",
  );
  assert.equal(
    tooltip(status({ unit: "[x](y).target", exposure: null, level: null, resources: null, errors: 1 })),
    "**\\[x\\]\\(y\\)\\.target**\n\n1 error, 1 warning, 2 notes",
  );
});

test("what is no status is not taken for one", () => {
  assert(isUnitStatus(status()));
  assert(isUnitStatus(status({ exposure: null, level: null, resources: null })));
  assert(!isUnitStatus(null));
  assert(!isUnitStatus({ ...status(), exposure: "9.4" }));
  assert(!isUnitStatus({ ...status(), errors: undefined }));
});
