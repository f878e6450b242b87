#!/usr/bin/env node
// The page of `unitlint audit --format html` in a real browser.
//
// Usage: page.mjs --tools DIR [--chromium /usr/bin/chromium] PAGE.html [SCREENSHOTS]
//
// Not part of the test suite: it needs Chromium and, in DIR, playwright-core (`npm install playwright-core` there). PAGE.html is
// made with `unitlint audit --format html PACKAGES… > PAGE.html`; with at least one unit that has a score. It says what it saw and
// how long things took, and ends with 1 at the first thing that is not as it should be. With SCREENSHOTS, a directory, it leaves
// pictures of the page in light and dark to look at.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { tools: { type: "string" }, chromium: { type: "string", default: "/usr/bin/chromium" } } });
const [file, shots] = positionals;
if (!file || !values.tools) throw new Error("usage: page.mjs --tools DIR [--chromium PATH] PAGE.html [SCREENSHOTS]");
const { chromium } = createRequire(join(resolve(values.tools), "x.js"))("playwright-core");
const address = pathToFileURL(resolve(file)).href;
if (shots) mkdirSync(shots, { recursive: true });

const home = mkdtempSync(join(tmpdir(), "page-"));
const browser = await chromium.launchPersistentContext(home, {
  executablePath: values.chromium, headless: true, viewport: { width: 1360, height: 900 }, colorScheme: "light",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
async function open(fragment = "") {
  const page = await browser.newPage();
  page.troubles = [];
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && page.troubles.push(m.text()));
  page.on("pageerror", (e) => page.troubles.push(String(e)));
  page.on("dialog", (d) => { page.troubles.push(`a dialog: ${d.message()}`); d.dismiss(); });
  page.on("request", (r) => !r.url().startsWith("data:") && r.url().split("#")[0] !== address && page.troubles.push(`a request: ${r.url()}`));
  await page.goto(address + fragment);
  await page.waitForFunction(() => document.querySelector("#rules tbody"), null, { timeout: 60_000 });
  return page;
}

const rows = (page) => page.locator("#table tbody tr[data-unit]");
const settle = (page) => page.waitForTimeout(500);
const shoot = (page, name, options = {}) => shots && page.screenshot({ path: join(shots, `${name}.png`), ...options });
const said = (what, value = "") => console.log(`ok ${what}${value && `: ${value}`}`);

async function run() {
  const page = await open();
  const paint = await page.evaluate(() => Object.fromEntries(performance.getEntriesByType("paint").map((e) => [e.name, Math.round(e.startTime)])));
  const loaded = await page.evaluate(() => Math.round(performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd));
  said("loads", `first paint ${paint["first-contentful-paint"]} ms, all of it there ${loaded} ms`);
  const total = await page.evaluate(() => document.querySelector("#said").textContent);
  said("shows", total.trim());
  assert.ok((await rows(page).count()) > 0, "rows");
  await shoot(page, "light");
  await shoot(page, "light-whole", { fullPage: true });

  // a key in the search: until the table has been laid out, and by the browser's own clock until it has been painted
  const first = (await rows(page).first().locator(".open").textContent()).trim();
  const word = first.split(/[.@-]/)[0];
  const times = await page.evaluate(async (text) => {
    const q = document.querySelector("#q");
    const times = [];
    for (let n = 1; n <= text.length; n++) {
      const begin = performance.now();
      q.value = text.slice(0, n);
      q.dispatchEvent(new Event("input", { bubbles: true }));
      document.querySelector("#table").getBoundingClientRect();
      times.push(performance.now() - begin);
      await new Promise((go) => setTimeout(go, 250));
    }
    return times;
  }, word);
  await page.fill("#q", "");
  await page.waitForTimeout(2000);
  await page.evaluate(() => {
    window.painted = [];
    new PerformanceObserver((list) => list.getEntries().forEach((e) => window.painted.push(e.duration))).observe({ type: "event", durationThreshold: 16 });
  });
  await page.locator("#q").pressSequentially(word, { delay: 200 });
  const painted = await page.evaluate(() => Math.max(0, ...window.painted));
  said("types", painted ? `a key is painted in at most ${painted} ms` : "each key is painted in less than 16 ms");
  said("searches", `${word}: ${times.map((t) => t.toFixed(1)).join(", ")} ms a key`);
  assert.ok((await rows(page).allTextContents()).some((t) => t.includes(first)), "the unit that was searched for");
  await settle(page);
  assert.match(page.url(), /#.*q=/, "the search is in the address");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "q", "/ goes to the search");
  await page.keyboard.press("Escape");
  assert.equal(await page.inputValue("#q"), "", "Escape clears it");
  await page.evaluate(() => document.activeElement.blur());

  for (const key of ["name", "package", "findings", "resources", "after", "exposure"]) {
    await page.click(`#table thead [data-sort="${key}"]`);
    assert.equal(await page.locator("#table thead th[aria-sort]").count(), 1);
  }
  await page.click('#table thead [data-sort="name"]');
  const names = (await rows(page).locator(".open").allTextContents()).slice(0, 50);
  assert.deepEqual(names, [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)), "sorted by name");
  await page.click('#table thead [data-sort="exposure"]');
  said("sorts");

  await page.evaluate(() => document.activeElement.blur());
  for (const key of ["j", "j", "k", "Enter"]) await page.keyboard.press(key);
  await page.waitForSelector("#unit:not([hidden])");
  const title = await page.textContent("#unit-title");
  assert.equal(title, await rows(page).first().locator(".open").textContent(), "j j k Enter opens the first");
  assert.equal(await page.evaluate(() => document.activeElement.id), "unit-title", "focus goes into the unit");
  await settle(page);
  await shoot(page, "light-unit");
  await page.evaluate(() => document.querySelector("#unit").scrollTo({ top: 900, behavior: "instant" }));
  await shoot(page, "light-unit-sandbox");
  const linked = page.url();
  if ((await rows(page).count()) > 1) {
    await page.keyboard.press("j");
    assert.notEqual(page.url(), linked, "j goes on to the next unit");
  }
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#unit").isHidden(), "Escape closes");
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("open")), "focus goes back to the row");
  said("goes by keys", title.trim());

  const again = await open(new URL(linked).hash);
  assert.equal(await again.textContent("#unit-title"), title, "a unit can be linked");
  if (await again.locator(".steps li").count()) {
    const before = await again.textContent(".dropin code");
    assert.match(before, /^# \/etc\/systemd\/[^\n]+\n\[\w+\]\n/);
    await again.locator(".steps input").first().check();
    assert.ok((await again.textContent(".dropin code")).length <= before.length, "fewer steps, a shorter drop-in");
    await browser.grantPermissions(["clipboard-read", "clipboard-write"]).catch(() => {});
    await again.click("#copy");
    await again.waitForFunction(() => document.querySelector(".copied").textContent);
    said("copies", await again.textContent(".copied"));
  }
  assert.deepEqual(again.troubles, []);
  await again.close();

  await page.locator("#chart .bar").last().click();
  await settle(page);
  assert.match(page.url(), /band=/, "a bar filters");
  await page.locator("#heat .cell.h0, #heat .cell.h1, #heat .cell.h2").first().click();
  await settle(page);
  assert.match(page.url(), /check=/, "a cell filters");
  assert.ok((await rows(page).count()) > 0, "units that lack the check");
  assert.equal(await page.evaluate(() => document.activeElement.id), "units", "and shows them");
  await shoot(page, "light-filtered");
  await page.keyboard.press("x");
  await settle(page);
  assert.equal(await page.locator(".chip").count(), 0, "x removes the filters");
  if (await page.locator("#rules tbody a").count()) {
    await page.locator("#rules tbody a").first().click();
    await settle(page);
    assert.match(page.url(), /rule=/, "a rule filters");
    assert.ok((await page.locator("#findings .found li").count()) > 0, "and its findings are listed");
    await page.keyboard.press("3");
    await settle(page);
    await shoot(page, "light-rule");
  }
  await page.keyboard.press("x");
  said("filters");

  await page.click('#heat-by [data-by="package"]');
  await settle(page);
  const cell = page.locator('#heat .cell[tabindex="0"]').first();
  await cell.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), /pass/, "arrows go through the map");
  await page.locator("#coverage").screenshot(shots ? { path: join(shots, "light-packages.png") } : {});
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });

  await page.keyboard.press("x");
  await page.keyboard.press("t");
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await page.click('#heat-by [data-by="exposure"]');
  await settle(page);
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  const bars = await page.locator("#chart .number").allTextContents();
  assert.equal(bars.reduce((sum, n) => sum + Number(n.replace(/\D/g, "")), 0), await page.evaluate(() => Number(document.querySelector("#score small").textContent.replaceAll(",", "").match(/\d+/)[0])), "without filters the bars are all scored units");
  await shoot(page, "dark");
  await shoot(page, "dark-whole", { fullPage: true });
  await rows(page).nth(0).locator(".c-findings").click();
  await settle(page);
  await shoot(page, "dark-unit");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  assert.ok(await page.locator("#keys").isVisible(), "? tells the keys");
  await page.keyboard.press("Escape");
  assert.ok(!(await page.locator("#keys").isVisible()));
  await page.keyboard.press("t");
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "light");
  said("is dark when asked");

  // nothing of the page is wider than a phone, and each text can be read
  await page.setViewportSize({ width: 390, height: 844 });
  await settle(page);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no wider than a phone");
  await shoot(page, "phone");
  await page.evaluate(() => scrollTo({ top: 760, behavior: "instant" }));
  await shoot(page, "phone-units");
  await page.evaluate(() => document.querySelector("#coverage").scrollIntoView({ behavior: "instant" }));
  await shoot(page, "phone-coverage");
  await page.keyboard.press("t");
  await rows(page).first().locator(".open").click();
  await settle(page);
  await shoot(page, "phone-unit-dark");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 1360, height: 900 });
  for (const theme of ["light", "dark"]) {
    await page.evaluate((t) => (document.documentElement.dataset.theme = t), theme);
    const poor = await page.evaluate(contrasts);
    assert.deepEqual(poor, [], `texts that are hard to read in ${theme}`);
  }
  said("has contrast", "4.5 and more in both");
  await page.emulateMedia({ media: "print" });
  await shoot(page, "print");
  if (shots) await page.pdf({ path: join(shots, "print.pdf"), format: "A4" });
  assert.deepEqual(page.troubles, [], "errors, requests");
  assert.equal(await page.evaluate(() => document.querySelectorAll("main script, main img, main svg[onload], aside script, aside img").length), 0, "nothing of the data is markup");
  said("asks for nothing, says no errors");
}

/** In the page: texts whose contrast with what is behind them is below 4.5. */
function contrasts() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const poor = new Set();
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("script, style, dialog, .unseen, .skip, [disabled]")) continue;
    const style = getComputedStyle(element);
    let behind = element;
    while (behind && parse(getComputedStyle(behind).backgroundColor)[3] < 200) behind = behind.parentElement;
    const ground = getComputedStyle(behind ?? document.body).backgroundColor;
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const key = `${colour} on ${ground}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const [a, b] = [light(parse(colour)), light(parse(ground))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.add(`${key}: ${ratio.toFixed(2)} in ${element.className || element.tagName}`);
  }
  return [...poor];
}

let failed = false;
try {
  await run();
} catch (error) {
  failed = true;
  console.error(error);
} finally {
  await browser.close();
  rmSync(home, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
