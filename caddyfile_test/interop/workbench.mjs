// Plays what a person does at the workbench, in a real Chromium, and prints what was seen as
// JSON: node workbench.mjs <address> [<directory for screenshots>].
import { chromium } from "playwright-core";
import { join } from "node:path";

const [address, pictures] = process.argv.slice(2);
const seen = { errors: [], elsewhere: [] };
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});

const pasted = `HTTP/1.1 401 Unauthorized
Content-Type: application/json

{"problem":"card_expired","message":"The card of account 12 has expired","access_token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"}
`;

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on("console", (said) => { if (said.type() === "error") seen.errors.push(said.text()); });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("request", (request) => { if (new URL(request.url()).origin !== new URL(address).origin) seen.elsewhere.push(request.url()); });
  await page.goto(address);
  await page.waitForSelector("body[data-ready=true]");
  return page;
}

const textOf = (page, selector) => page.locator(selector).first().innerText();
const has = (page, selector, text) => page.locator(selector).filter({ hasText: text }).first().waitFor();

// From a response of nobody known to a saved mapping.
async function story() {
  const page = await open();
  await page.fill("#response", pasted);
  await page.waitForSelector("#guesses li");
  seen.guesses = await page.locator("#guesses strong").allInnerTexts();
  seen.shownToken = (await textOf(page, "#result")).includes("eyJzdWIi");
  seen.before = await textOf(page, "#outcome");

  await page.click("#row");
  await has(page, "#work-state", "is new");
  await has(page, "#problems-state", "It loads");
  const drafted = await page.inputValue("#mapping");
  seen.row = drafted.split("\n").find((line) => line.startsWith("  - ")) || "";

  await page.fill("#mapping", drafted.replace(/error: [a-z_]+\}/, "error: invalid_grants}"));
  await has(page, "#problems-state", "cannot be loaded");
  seen.mistake = await textOf(page, "#problems li");
  seen.mistakenLine = await textOf(page, "#gutter .bad");
  seen.saveDisabled = await page.isDisabled("#save");
  await page.click("#problems button");
  seen.selected = await page.evaluate(() => document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd));

  await page.fill("#mapping", drafted.replace(/error: [a-z_]+\}/, "error: invalid_grant}"));
  await has(page, "#outcome", "invalid_grant");
  seen.after = await textOf(page, "#outcome");
  seen.marked = await page.locator("#answer .new").allInnerTexts();
  await page.click("#example");
  await has(page, "#work-state", "is new");
  await page.click("#run");
  await has(page, "#work-state", "example");
  seen.examples = await textOf(page, "#work-state");
  await page.click("#save");
  await has(page, "#work-state", "Saved");
  await page.context().close();
}

// The catalogue.
async function search() {
  const page = await open();
  await page.fill("#search", "invalid_grant 403");
  await has(page, "#search-state", "row");
  seen.found = await textOf(page, "#found li");
  await page.fill("#search", "AADSTS70008");
  await has(page, "#found", "entra");
  seen.foundText = await textOf(page, "#found");
  await page.context().close();
}

// With the keyboard alone: every control is reached in the order of the page, has a name,
// and works.
async function keyboard() {
  const page = await open();
  const controls = await page.evaluate(() => [...document.querySelectorAll("a, button, input, select, textarea")]
    .filter((e) => e.checkVisibility() && !e.disabled).map((e) => e.id || e.textContent));
  const reached = [];
  for (let i = 0; i < controls.length; i++) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent));
  }
  seen.controls = controls;
  seen.reached = reached;
  await page.focus("#response");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter"); // try a sample
  await page.waitForSelector("#guesses li");
  await page.focus("#row");
  await page.keyboard.press("Space");
  await has(page, "#work-state", "is new");
  seen.byKey = await page.evaluate(() => document.activeElement.id);
  seen.nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, textarea, pre[tabindex], meter")].filter((e) => e.checkVisibility())
    .filter((e) => !(e.labels && e.labels.length) && !e.getAttribute("aria-label") && !e.getAttribute("aria-labelledby") && !(e.tagName === "BUTTON" && e.textContent.trim()))
    .map((e) => e.outerHTML.slice(0, 80)));
  await page.context().close();
}

// Texts with less contrast than 4.5 to 1 to what is behind them (WCAG 2.2, 1.4.3).
function faint() {
  // The browser itself computes a colour, whatever its notation.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color, behind) => {
    canvas.fillStyle = behind ? `rgb(${behind})` : "white";
    canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (c) => c.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => (e ? rgb(getComputedStyle(e).backgroundColor, behind(e.parentElement)) : [255, 255, 255]);
  const texts = [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && !e.disabled &&
    (["TEXTAREA", "INPUT", "SELECT"].includes(e.tagName) || [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())));
  return texts.map((e) => {
    const ground = behind(e);
    const [a, b] = [light(rgb(getComputedStyle(e).color, ground)), light(ground)].sort((x, y) => y - x);
    return [e.tagName + "." + e.className + "#" + e.id + " " + (e.textContent || "").slice(0, 20), (a + 0.05) / (b + 0.05)];
  }).filter(([, ratio]) => ratio < 4.5).map(([name, ratio]) => name + " " + ratio.toFixed(2));
}

// Selects that are too narrow for one of their options.
function cut() {
  return [...document.querySelectorAll("select")].filter((e) => {
    const width = e.offsetWidth;
    e.style.width = "max-content";
    const needed = e.offsetWidth;
    e.style.width = "";
    return needed > width;
  }).map((e) => e.id);
}

// Both themes at two widths.
async function looks() {
  seen.faint = [];
  seen.wide = [];
  seen.cut = [];
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [360, 1280]) {
      const page = await open({ colorScheme, viewport: { width, height: 900 } });
      await page.click("#sample");
      await page.waitForSelector("#guesses li");
      await page.fill("#mapping", "version: 1\nprovider: mycorp\ntitle: My Corp\nsources:\n  docs: {title: Errors, url: \"https://idp.example/docs\"}\nerrors:\n  - {status: 401, code: nope, error: invalid_grants}\n");
      await has(page, "#problems-state", "cannot be loaded");
      await page.fill("#search", "auth0 refresh token");
      await has(page, "#found", "auth0");
      seen.faint.push(...(await page.evaluate(faint)).map((text) => `${colorScheme} ${width}: ${text}`));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) seen.wide.push(`${colorScheme} ${width}: ${wide} pixels`);
      seen.cut.push(...(await page.evaluate(cut)).map((id) => `${colorScheme} ${width}: ${id}`));
      if (pictures) await page.screenshot({ path: join(pictures, `workbench-${colorScheme}-${width}.png`), fullPage: true });
      await page.context().close();
    }
  }
}

try {
  await story();
  await search();
  await keyboard();
  await looks();
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(seen));
