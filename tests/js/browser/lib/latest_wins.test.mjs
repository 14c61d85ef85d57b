import assert from "node:assert/strict";
import test from "node:test";
import { latestWins } from "../../../../pages/ui/browser/lib/latest_wins.mjs";
import { deferred, settled } from "../../fakes.mjs";

/** A run that waits to be let on, and what it was given. */
function slowly() {
  /** @type {{slot: number, job: string, finish: (value: void) => void}[]} */
  const started = [];
  const run = (/** @type {number} */ slot, /** @type {string} */ job) => {
    const { promise, resolve } = deferred();
    started.push({ slot, job, finish: resolve });
    return /** @type {Promise<void>} */ (promise);
  };
  return { started, run };
}

test("the first job starts at once", () => {
  const { started, run } = slowly();
  latestWins(run)(0, "a");
  assert.deepEqual(started.map(({ job }) => job), ["a"]);
});

test("only the newest of what arrives while one runs is run after it", async () => {
  const { started, run } = slowly();
  const request = latestWins(run);
  for (const job of ["a", "b", "c", "d"]) request(0, job);
  started[0].finish();
  await settled();
  assert.deepEqual(started.map(({ job }) => job), ["a", "d"]);
});

test("slots do not push each other out", async () => {
  const { started, run } = slowly();
  const request = latestWins(run);
  request(0, "a");
  request(1, "b");
  request(2, "c");
  request(1, "d");
  started[0].finish();
  await settled();
  started[1].finish();
  await settled();
  assert.deepEqual(started.map(({ slot, job }) => `${slot}${job}`), ["0a", "1d", "2c"]);
});

test("it is ready again after a pause", async () => {
  const { started, run } = slowly();
  const request = latestWins(run);
  request(0, "a");
  started[0].finish();
  await settled();
  request(0, "b");
  assert.equal(started.length, 2);
});
