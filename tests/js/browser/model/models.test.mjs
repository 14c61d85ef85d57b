import assert from "node:assert/strict";
import test from "node:test";
import { fetchDecoder, follow, waitingText } from "../../../../pages/ui/browser/model/models.mjs";
import { deferred, pointsFile } from "../../fakes.mjs";

const POINTS = pointsFile({ x: [1], y: [2], labels: [3], basis: [[1, 0], [0, 1]] });
const DATA = /** @type {any} */ ({
  run: { id: "r", base: "/runs/r/", step: null, state: "running" },
  latentDim: 2,
  imageShape: [1, 1, 1],
  points: "held-out",
  dims: [0, 1],
});

/** A runtime whose sessions decode to one pixel, and which knows how many are open. */
function runtime() {
  const counts = { open: 0 };
  class Tensor {}
  const InferenceSession = {
    async create() {
      counts.open += 1;
      const run = async () => ({ image: { data: Float32Array.of(0.5) } });
      return { run, release: async () => void (counts.open -= 1) };
    },
  };
  return { counts, module: /** @type {any} */ ({ Tensor, InferenceSession }) };
}

/**
 * Follow a run whose status changes with every question, until it has ended.
 * @param {object[]} statuses the last one is repeated @param {(url: string) => Response | undefined} [override]
 */
async function followed(statuses, override = () => undefined) {
  const real = globalThis.fetch;
  /** @type {string[]} */
  const log = [];
  let asked = 0;
  globalThis.fetch = async (input) => {
    const url = String(input);
    if (url.endsWith("status")) return Response.json(statuses[Math.min(asked++, statuses.length - 1)]);
    log.push(url.replace("/runs/r/", ""));
    return override(url) ?? new Response(url.includes("points") ? POINTS : new ArrayBuffer(1));
  };
  const { promise, resolve } = deferred();
  const { module, counts } = runtime();
  /** @type {{release(): void} | null} */
  let shown = null;
  let newest = -1;
  const stop = follow(DATA, {
    runtime: Promise.resolve(module),
    onDecoder(step, decoder) {
      shown?.release();
      shown = decoder;
      newest = step;
      log.push(`decodes ${step}`);
    },
    onPoints: () => log.push(`shows ${newest}`),
    onDecoderError: () => log.push("troubled"),
    onStatus: () => undefined,
    onEnd: (state, error) => resolve(`${state}${error ? `: ${error}` : ""}`),
    pace: { everyMs: 1 },
  });
  const ended = await promise;
  stop();
  globalThis.fetch = real;
  return { log, ended, sessions: counts.open };
}

test("each new step is fetched once and shown when both its files are here; the last is the final one", async () => {
  const { log, ended, sessions } = await followed([
    { state: "starting", step: 0, live_step: null },
    { state: "running", step: 7, live_step: 5 },
    { state: "running", step: 8, live_step: 5 },
    { state: "finished", step: 12, live_step: 10 },
  ]);
  assert.deepEqual(log, ["decoder/5", "points/5?dims=0,1", "decodes 5", "shows 5", "decoder/12", "points/12?dims=0,1", "decodes 12", "shows 12"]);
  assert.equal(ended, "finished");
  assert.equal(sessions, 1);
});

test("a live step whose files are gone already is passed over for the next", async () => {
  const gone = (/** @type {string} */ url) =>
    /\/5(\?|$)/.test(url) ? Response.json({ error: "gone" }, { status: 404 }) : undefined;
  const { log, ended } = await followed(
    [
      { state: "running", step: 7, live_step: 5 },
      { state: "finished", step: 12, live_step: 5 },
    ],
    gone,
  );
  assert.deepEqual(log.filter((line) => line.startsWith("shows")), ["shows 12"]);
  assert.equal(ended, "finished");
});

test("a failed run shows what it had published last", async () => {
  const { log, ended } = await followed([{ state: "failed", step: 9, live_step: 5 }]);
  assert.equal(log.at(-1), "shows 5");
  assert.equal(ended, "failed");
});

test("a final step that cannot be had ends with its reason", async () => {
  const never = () => Response.json({ error: "the disk is gone" }, { status: 404 });
  const { ended } = await followed([{ state: "stopped", step: 9, live_step: null }], never);
  assert.match(ended, /^stopped: .*The disk is gone\./);
});

test("a run with nothing to show yet says what it waits for", () => {
  assert.match(waitingText("queued", 2), /2 in line/);
  assert.match(waitingText("running", 0), /first second/);
  assert.match(waitingText("paused", 0), /paused/);
});

test("a class is asked for only where a finished run knows classes", async () => {
  const real = globalThis.fetch;
  /** @type {string[]} */
  const asked = [];
  globalThis.fetch = async (input) => (asked.push(String(input)), new Response(new ArrayBuffer(1)));
  const { signal } = new AbortController();
  for (const [state, label] of [["finished", 3], ["stopped", 0], ["finished", null], ["running", 3]]) {
    await fetchDecoder({ ...DATA, label, run: { ...DATA.run, state } }, 5, signal);
  }
  globalThis.fetch = real;
  assert.deepEqual(asked.map((url) => url.replace("/runs/r/decoder/", "")), ["5?label=3", "5?label=0", "5", "5"]);
});
