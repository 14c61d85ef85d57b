import assert from "node:assert/strict";
import test from "node:test";
import { Explained, fetchOrExplain, sentenceOf } from "../../../../pages/ui/browser/lib/fetching.mjs";
import { onePerElement } from "../../../../pages/ui/browser/lib/instances.mjs";
import { poll } from "../../../../pages/ui/browser/lib/polling.mjs";
import { isDark, mix, sameTheme, withAlpha } from "../../../../pages/ui/browser/lib/theme.mjs";
import { settled } from "../../fakes.mjs";

/** An instance factory that tells what happens to its instances. */
function mounting() {
  /** @type {string[]} */
  const told = [];
  /** @type {(() => void)[]} */
  const later = [];
  const mount = onePerElement(
    () => {
      told.push("create");
      return { update: () => void told.push("update"), destroy: () => void told.push("destroy") };
    },
    (task) => later.push(task),
  );
  return { told, mount, runLater: () => later.splice(0).forEach((task) => task()) };
}

/** @param {object} element */
const component = (element) => /** @type {any} */ ({ parentElement: element, data: {}, setStateValue() {} });

test("a second call for the same element updates the instance that is there", () => {
  const { told, mount } = mounting();
  const element = {};
  mount(component(element));
  mount(component(element));
  mount(component({}));
  assert.deepEqual(told, ["create", "update", "create"]);
});

test("the newest call's clean-up destroys, and the next mount starts anew", () => {
  const { told, mount, runLater } = mounting();
  const element = {};
  mount(component(element));
  const cleanUp = mount(component(element));
  cleanUp();
  runLater();
  mount(component(element));
  assert.deepEqual(told, ["create", "update", "destroy", "create"]);
});

test("the clean-up of a call that was overtaken does nothing, even if it runs first", () => {
  const { told, mount, runLater } = mounting();
  const element = {};
  const overtaken = mount(component(element));
  overtaken();
  mount(component(element));
  runLater();
  assert.deepEqual(told, ["create", "update"]);
});

/** Waits that are over at once, and remembered. */
function waits() {
  /** @type {number[]} */
  const asked = [];
  return { asked, wait: (/** @type {number} */ ms) => (asked.push(ms), Promise.resolve()) };
}

test("polling ends with the first final answer", async () => {
  const { asked, wait } = waits();
  let questions = 0;
  poll(async () => ++questions < 3, { everyMs: 400, wait });
  await settled();
  assert.equal(questions, 3);
  assert.deepEqual(asked, [400, 400]);
});

test("polling backs off while the server fails and recovers with it", async () => {
  const { asked, wait } = waits();
  let questions = 0;
  const ask = async () => {
    questions += 1;
    if (questions <= 5) throw new Error("down");
    return questions < 7;
  };
  poll(ask, { everyMs: 400, slowestMs: 5000, wait });
  await settled();
  assert.deepEqual(asked, [800, 1600, 3200, 5000, 5000, 400]);
});

test("polling that is stopped asks no more and calls off its request", async () => {
  /** @type {AbortSignal[]} */
  const signals = [];
  const stop = poll(async (signal) => Boolean(signals.push(signal)), { everyMs: 1, wait: waits().wait });
  stop();
  await settled();
  assert.equal(signals.length, 1);
  assert.equal(signals[0].aborted, true);
});

/** @param {(url: string) => Promise<Response>} answer @param {() => Promise<void>} body */
async function withFetch(answer, body) {
  const real = globalThis.fetch;
  globalThis.fetch = /** @type {typeof fetch} */ (answer);
  await body().finally(() => (globalThis.fetch = real));
}

test("the server's own sentence is shown, begun and ended like one", async () => {
  const answer = async () => Response.json({ error: "run 12 is not here; open another" }, { status: 404 });
  await withFetch(answer, () =>
    assert.rejects(fetchOrExplain("/x", "The decoder"), { message: "Run 12 is not here; open another.", status: 404 }),
  );
});

test("other failures are put into words of ours", async () => {
  const html = async () => new Response("<html>", { status: 502 });
  await withFetch(html, () => assert.rejects(fetchOrExplain("/x", "The decoder"), /The decoder .* 502/));
  const down = () => Promise.reject(new TypeError("Failed to fetch"));
  await withFetch(down, () => assert.rejects(fetchOrExplain("/x", "The decoder"), /does not answer/));
});

test("a request that is blocked in the browser is not laid on the server", async () => {
  const blocked = async (/** @type {string} */ url) => {
    if (url === "_stcore/health") return new Response("ok");
    throw new TypeError("Failed to fetch");
  };
  await withFetch(blocked, () => assert.rejects(fetchOrExplain("/x", "The run's metrics"), /though the server is there: an ad blocker/));
});

test("only errors meant for people are shown as they are", () => {
  assert.equal(sentenceOf(new Explained("Said so."), "Otherwise."), "Said so.");
  assert.equal(sentenceOf(new TypeError("x is undefined"), "Otherwise."), "Otherwise.");
});

test("dark and light grounds are told apart however the colour is written", () => {
  assert.deepEqual(["#14171A", "rgb(20, 23, 26)", "#000", "#FBFBF9", "rgba(251, 251, 249, 1)"].map(isDark), [
    true,
    true,
    true,
    false,
    false,
  ]);
});

test("colours are mixed and thinned", () => {
  assert.equal(mix("#000000", "#ffffff", 0.5), "rgb(128, 128, 128)");
  assert.equal(withAlpha("#102030", 0.5), "rgba(16, 32, 48, 0.5)");
});

test("a theme is the same until one of its colours changes", () => {
  const theme = { dark: false, ground: "#fff", ink: "#000", muted: "#555", accent: "#a00", grid: "#eee", font: "sans" };
  assert.equal(sameTheme(theme, { ...theme }), true);
  assert.equal(sameTheme(theme, { ...theme, accent: "#0a0" }), false);
});
