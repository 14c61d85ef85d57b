/**
 * What a person does first, done in Firefox: `node tests/e2e/firefox.mjs URL PICTURE` prints one line of JSON a step,
 * {"step": its name, "error": what went wrong, "" for nothing}. Puppeteer speaks WebDriver BiDi, so no driver is needed.
 */

import assert from "node:assert/strict";
import puppeteer from "puppeteer-core";

/** @import { Browser, Page } from "puppeteer-core" */

const FIREFOX = "/usr/bin/firefox-esr";
const READY = '[data-testid="latent-canvas"][data-ready="true"]';
const HANDLE = '[data-testid="handle-0"]';
const PATIENCE_MS = 60_000;
// Streamlit itself asks for the first two below a page's address, and gets 404; Firefox ends its socket with the page, and it says so.
const HARMLESS = /_stcore\/(health|host-config)|WebSocket onclose: code=1001/;
const PAGES = ["", "train", "compare", "data", "runs", "learn"];
/** Under this, what is read back from a canvas is noise. */
const PRIVATE = { "privacy.resistFingerprinting": true };

const [url, picture] = process.argv.slice(2);

/** @type {string[]} what pages complained about since a step began */
const complaints = [];

/** @param {Browser} browser */
async function newPage(browser) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("console", (message) => {
    const text = `${message.type()}: ${message.text()} (${message.location().url ?? ""})`;
    if (["error", "warn"].includes(message.type()) && !HARMLESS.test(text)) complaints.push(text);
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${String(error)}`));
  return page;
}

/** @param {Page} page @param {string} address */
async function openMap(page, address) {
  await page.goto(`${url}/${address}`, { waitUntil: "domcontentloaded" });
  await page.waitForSelector(READY);
}

/** @param {Page} page @param {string} selector @param {string} name of an attribute */
const attribute = (page, selector, name) => page.$eval(selector, (element, key) => element.getAttribute(key) ?? "", name);

/**
 * Until something holds on the page. Ours, because Puppeteer's own makes a script of a text, which the page's policy forbids.
 * @template A
 * @param {Page} page @param {(argument: A) => unknown} holds @param {A} argument @param {string} what
 */
async function until(page, holds, argument, what) {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    if (await page.evaluate(/** @type {any} */ (holds), argument)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`not within ${PATIENCE_MS / 1000} s: ${what}`);
}

/** The middle of an element, in CSS pixels of the window. @param {Page} page @param {string} selector @param {number} [across] share @param {number} [down] */
async function placeOn(page, selector, across = 0.5, down = 0.5) {
  const [left, top, width, height] = await page.$eval(selector, (element) => {
    const box = element.getBoundingClientRect();
    return [box.left, box.top, box.width, box.height];
  });
  return { x: left + across * width, y: top + down * height };
}

/** @param {Page} page @param {{x: number, y: number}[]} places from the first to the last with the button down */
async function dragAlong(page, [first, ...rest]) {
  await page.mouse.move(first.x, first.y);
  await page.mouse.down();
  for (const { x, y } of rest) await page.mouse.move(x, y, { steps: 12 });
  await page.mouse.up();
}

/** @param {Page} page @param {string} selector @param {string} text of a tab or a button */
async function press(page, selector, text) {
  /** @param {[string, string]} wanted */
  const pressed = ([css, words]) => {
    const all = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll(css)]);
    const found = all.find((each) => each.innerText.trim().endsWith(words) && !each.disabled);
    found?.click();
    return found !== undefined;
  };
  await until(page, pressed, [selector, text], `${text} can be pressed`);
}

/**
 * Until a handle has left a place, and the image of where it stands is shown.
 * @param {Page} page @param {string} before "" for wherever it is @returns {Promise<string>} where it stands
 */
async function decodedAway(page, before) {
  /** @param {string} left */
  const isDecoded = (left) => {
    const [z, shown] = ["handle-0", "decoded-0"].map((hook) => document.querySelector(`[data-testid="${hook}"]`)?.getAttribute("data-z"));
    return z && z !== left && z === shown;
  };
  await until(page, isDecoded, before, "the image of another place");
  return attribute(page, HANDLE, "data-z");
}

/** @param {Page} page a seven, on the pad */
async function drawASeven(page) {
  await press(page, '[role="tab"]', "Encode");
  const pad = '[data-testid="draw-pad"]';
  await page.waitForSelector(pad, { visible: true });
  const corners = /** @type {[number, number][]} */ ([[0.25, 0.15], [0.75, 0.15], [0.45, 0.9]]);
  await dragAlong(page, await Promise.all(corners.map(([across, down]) => placeOn(page, pad, across, down))));
}

/** @type {number[]} what an honest canvas makes of the picture */
let meanOfPicture = [];

/** @param {Page} page @returns {Promise<number[]>} what the picture is encoded to */
async function encodeThePicture(page) {
  await openMap(page, "?run=digits");
  await press(page, '[role="tab"]', "Encode");
  const input = /** @type {import("puppeteer-core").ElementHandle<HTMLInputElement>} */ (await page.waitForSelector('[data-testid="encode-file"]'));
  await input.uploadFile(picture);
  return posteriorMean(page);
}

/** @param {Page} page @returns {Promise<number[]>} what the drawing or picture is encoded to */
async function posteriorMean(page) {
  const isEncoded = () => document.querySelector('[data-testid="posterior"]')?.getAttribute("data-mu");
  await until(page, isEncoded, null, "a posterior");
  return (await attribute(page, '[data-testid="posterior"]', "data-mu")).split(",").map(Number);
}

/** @type {Record<string, (page: Page) => Promise<void>>} */
const STEPS = {
  "every page opens": async (page) => {
    for (const name of PAGES) {
      await page.goto(`${url}/${name}`, { waitUntil: "domcontentloaded" });
      await page.waitForSelector("h1");
      await until(page, () => !document.querySelector('[data-testid="stSkeleton"]'), null, `all of ${name}`);
      await page.waitForNetworkIdle(); // who leaves earlier is told of what could not be fetched
      assert.equal(await page.$('[data-testid="stException"]'), null, name);
    }
  },
  "a handle is dragged and its image follows": async (page) => {
    await openMap(page, "?run=digits");
    const before = await decodedAway(page, "");
    const from = await placeOn(page, HANDLE);
    const to = { x: from.x + 90, y: from.y - 60 };
    await dragAlong(page, [from, to]);
    await decodedAway(page, before);
    const there = await placeOn(page, HANDLE);
    assert.ok(Math.hypot(there.x - to.x, there.y - to.y) < 1, "it is under the mouse");
  },
  "a tap is where the pointer is on a page that CSS zooms": async (page) => {
    await page.addStyleTag({ content: "body { zoom: 1.25; }" });
    const place = await placeOn(page, ".ls-map", 0.6, 0.35);
    const before = await attribute(page, HANDLE, "data-z");
    await page.mouse.click(place.x, place.y);
    await decodedAway(page, before);
    const there = await placeOn(page, HANDLE);
    assert.ok(Math.hypot(there.x - place.x, there.y - place.y) < 1, "it is under the mouse");
  },
  "a drawing is encoded": async (page) => {
    await openMap(page, "?run=digits");
    await drawASeven(page);
    assert.equal((await posteriorMean(page)).length, 2);
  },
  "a picture is encoded": async (page) => {
    meanOfPicture = await encodeThePicture(page);
    assert.equal(meanOfPicture.length, 2);
  },
  "a run trains to its end": async (page) => {
    await page.goto(`${url}/train?dataset=digits&epochs=20`, { waitUntil: "domcontentloaded" });
    await press(page, "button", "Start");
    await page.waitForSelector('[data-testid="live-curves"] .js-plotly-plot');
    await until(page, () => document.querySelector(".ls-state")?.textContent?.trim() === "Finished", null, "its end");
    await page.waitForSelector(READY);
    const from = await placeOn(page, HANDLE);
    const before = await decodedAway(page, "");
    await dragAlong(page, [from, { x: from.x - 40, y: from.y + 30 }]);
    await decodedAway(page, before);
  },
};

/** @param {string} step @param {() => Promise<void>} done */
async function tell(step, done) {
  complaints.length = 0;
  const error = await done().then(() => complaints.join("\n"), (reason) => [String(reason?.stack ?? reason), ...complaints].join("\n"));
  console.log(JSON.stringify({ step, error }));
}

/** @param {Record<string, unknown>} extraPrefsFirefox @param {(page: Page) => Promise<void>} use */
async function inFirefox(extraPrefsFirefox, use) {
  const how = { executablePath: FIREFOX, headless: true, defaultViewport: { width: 1440, height: 900 }, extraPrefsFirefox };
  const browser = await puppeteer.launch({ browser: "firefox", ...how });
  try {
    await use(await newPage(browser));
  } finally {
    await browser.close();
  }
}

await inFirefox({}, async (page) => {
  for (const [step, done] of Object.entries(STEPS)) await tell(step, () => done(page));
});
await inFirefox(PRIVATE, (page) =>
  tell("a picture is encoded alike where a canvas gives back noise", async () => assert.deepEqual(await encodeThePicture(page), meanOfPicture)),
);
