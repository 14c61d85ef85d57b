import assert from "node:assert/strict";
import test from "node:test";
import { inSlices } from "../../../../pages/ui/browser/map/slices.mjs";

/** A clock that stands still but for the work that is done. */
function fakeClock() {
  const clock = {
    time: 0,
    breaths: 0,
    rests: 0,
    now: () => clock.time,
    breathe: async () => void clock.breaths++,
    pause: async () => void clock.rests++,
  };
  return clock;
}

/** @param {number} count */
const jobs = (count) => Array.from({ length: count }, (_, at) => at);

/** Jobs of so many milliseconds. @param {ReturnType<typeof fakeClock>} clock @param {(job: number) => number} costOf */
function worker(clock, costOf) {
  /** @type {number[][]} */
  const slices = [];
  /** @param {number[]} batch */
  const work = (batch) => {
    slices.push(batch);
    clock.time += batch.reduce((sum, job) => sum + costOf(job), 0);
  };
  return { slices, work };
}

test("every job is done once and in order", async () => {
  const clock = fakeClock();
  const { slices, work } = worker(clock, () => 0.7);
  assert.equal(await inSlices(jobs(1000), work, { clock }), true);
  assert.deepEqual(slices.flat(), jobs(1000));
});

for (const cost of [0.03, 0.4, 3, 8]) {
  test(`no slice takes longer than its budget when a job takes ${cost} ms`, async () => {
    const clock = fakeClock();
    const { slices, work } = worker(clock, () => cost);
    await inSlices(jobs(2000), work, { budgetMs: 8, clock });
    assert.ok(Math.max(...slices.map((slice) => slice.length * cost)) <= 8 + 1e-9);
  });
}

test("slices fill their budget once it is known how long a job takes", async () => {
  const clock = fakeClock();
  const { slices, work } = worker(clock, () => 0.25);
  await inSlices(jobs(2000), work, { budgetMs: 8, clock });
  assert.deepEqual(slices.slice(0, 8).map((slice) => slice.length), [1, 2, 4, 8, 16, 32, 32, 32]);
});

test("jobs that become ten times slower make slices shorter at once", async () => {
  const clock = fakeClock();
  const { slices, work } = worker(clock, (job) => (job < 300 ? 0.1 : 1));
  await inSlices(jobs(600), work, { budgetMs: 8, clock });
  const slow = slices.filter((slice) => slice[0] >= 300);
  assert.ok(slow.length > 10 && slow.slice(1).every((slice) => slice.length <= 8));
});

test("a job longer than the budget is done alone", async () => {
  const clock = fakeClock();
  const { slices, work } = worker(clock, () => 50);
  await inSlices(jobs(5), work, { budgetMs: 8, clock });
  assert.deepEqual(slices, [[0], [1], [2], [3], [4]]);
});

test("slices hold no more jobs than allowed, even when they cost nothing", async () => {
  const clock = fakeClock();
  const { slices, work } = worker(clock, () => 0);
  await inSlices(jobs(300), work, { most: 20, clock });
  assert.equal(Math.max(...slices.map((slice) => slice.length)), 20);
});

test("events are let through before each slice", async () => {
  const clock = fakeClock();
  const { slices, work } = worker(clock, () => 1);
  await inSlices(jobs(100), work, { clock });
  assert.equal(clock.breaths, slices.length);
});

test("nothing is done while a handle is dragged, and all of it afterwards", async () => {
  const clock = fakeClock();
  const { slices, work } = worker(clock, () => 8);
  let isDragged = false;
  clock.breathe = async () => void (isDragged = slices.length === 2 && clock.rests < 5);
  clock.pause = async () => {
    clock.rests++;
    assert.equal(slices.length, 2);
    isDragged = clock.rests < 5;
  };
  assert.equal(await inSlices(jobs(4), work, { clock, isBusy: () => isDragged }), true);
  assert.equal(clock.rests, 5);
  assert.equal(slices.length, 4);
});

test("called-off work stops after the slice under way and says so", async () => {
  const clock = fakeClock();
  const stopping = new AbortController();
  /** @type {number[]} */
  const done = [];
  const work = async (/** @type {number[]} */ batch) => {
    done.push(...batch);
    if (done.length >= 3) stopping.abort();
    clock.time += 8;
  };
  assert.equal(await inSlices(jobs(100), work, { clock, signal: stopping.signal }), false);
  assert.deepEqual(done, [0, 1, 2]);
});

test("work that is called off while a handle is dragged does not wait for its release", async () => {
  const clock = fakeClock();
  const stopping = new AbortController();
  clock.pause = async () => void stopping.abort();
  const finished = await inSlices(jobs(3), () => assert.fail(), { clock, isBusy: () => true, signal: stopping.signal });
  assert.equal(finished, false);
});

test("a failure of the work is passed on", async () => {
  const failing = () => Promise.reject(new Error("out of memory"));
  await assert.rejects(inSlices([1], failing, { clock: fakeClock() }), /out of memory/);
});

test("with the real clock the event loop runs on between slices", async () => {
  let isElsewhere = false;
  setImmediate(() => (isElsewhere = true));
  let sawElsewhere = false;
  await inSlices(jobs(50), () => void (sawElsewhere ||= isElsewhere), { most: 1 });
  assert.ok(sawElsewhere);
});
