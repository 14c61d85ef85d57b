import assert from "node:assert/strict";
import test from "node:test";
import { readTour, sceneAt, secondsOf, TourPlayback } from "../../../../../../pages/ui/components/latent_canvas/features/presenter/tour.mjs";
import { TOURS } from "../../../../../../pages/ui/components/latent_canvas/features/presenter/tours.mjs";
import { animate, motion, placeAfter } from "../../../../../../pages/ui/components/latent_canvas/features/presenter/guide.mjs";

/** @import { Step } from "../../../../../../pages/ui/components/latent_canvas/features/presenter/tour.mjs" */

/** @param {unknown} content @param {string} [name] */
function file(content, name = "talk.json") {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return { name, size: text.length, text: async () => text };
}

/** The one sentence that a file is refused with. @param {unknown} content @param {number} [latentDim] */
async function refusal(content, latentDim = 2) {
  const error = await readTour(file(content), latentDim).then(() => null, (reason) => reason);
  assert.ok(error instanceof Error, "it was not refused");
  assert.match(error.message, /^[“A-Z].*[^.]\.$/s);
  return error.message;
}

/** @param {object} step */
const withStep = (step) => ({ tour: "A talk", steps: [{ title: "First" }, { title: "Second", ...step }] });

test("a tour is read back as it was written", async () => {
  const tour = withStep({ handles: [{ z: [1, 2] }], view: { x: [-1, 1], y: [0, 2] }, show: ["holes"], seconds: 4 });
  assert.deepEqual(await readTour(file(tour), 2), tour);
});

test("the tours that ship are tours", async () => {
  for (const tour of Object.values(TOURS)) assert.deepEqual(await readTour(file(tour), 2), tour);
});

test("each shipped model has a tour of a minute or a minute and a half, and every step has something to say", () => {
  assert.deepEqual(Object.keys(TOURS), ["mnist", "digits"]);
  for (const [id, { run, steps }] of Object.entries(TOURS)) {
    const seconds = steps.reduce((sum, step) => sum + secondsOf(step), 0);
    assert.equal(run, id);
    assert.ok(seconds > 55 && seconds < 100, `${id}: ${seconds} s`);
    assert.ok(steps.every(({ say }) => say));
  }
});

test("what is no tour is refused in a sentence that names the file", async () => {
  for (const content of ["{", "[]", "{}", { tour: "x", steps: [] }, { tour: 7, steps: [{ title: "x" }] }, "null"]) {
    assert.match(await refusal(content), /“talk.json” is no tour: expected/);
  }
});

test("a step that is wrong is named with what was expected and what came", async () => {
  const cases = /** @type {[object, RegExp][]} */ ([
    [{ title: "" }, /Step 2 .* “title” to be text of 1 to 80 characters, got ""/],
    [{ say: 5 }, /Step 2 .* “say” to be text .* got 5/],
    [{ handles: [] }, /1 to 12 handles like .* got \[\]/],
    [{ handles: [{ z: [1] }] }, /handles like/],
    [{ handles: [{ z: [1, null] }] }, /handles like/],
    [{ active: 0 }, /a handle's number, from 1, got 0/],
    [{ along: [[1, 2], [3]] }, /places like/],
    [{ view: { x: [1, -1], y: [0, 1] } }, /"all", or a part of the map/],
    [{ show: ["lattices"] }, /a list of lattice, .* got \["lattices"\]/],
    [{ film: "yes" }, /true or false, got "yes"/],
    [{ seconds: 0 }, /a number from 1 to 600, got 0/],
    [{ handels: [] }, /Step 2 .* an entry “handels”, expected only title, say/],
  ]);
  for (const [step, sentence] of cases) assert.match(await refusal(withStep(step)), sentence);
  assert.match(await refusal({ tour: "x", steps: ["say this"] }), /Step 1 .* is no step/);
});

test("places of a deeper model than the one on the map are refused, shallower ones are not", async () => {
  const tour = withStep({ handles: [{ z: [1, 2, 3] }] });
  assert.match(await refusal(tour, 2), /a place in 3 dimensions, this model has 2/);
  assert.deepEqual(await readTour(file(tour), 6), tour);
});

test("a file that is far too large is not even read", async () => {
  const huge = { name: "huge.json", size: 2e6, text: () => assert.fail("it was read") };
  await assert.rejects(() => readTour(huge, 2), /“huge.json” is too large for a tour: expected at most 1 MB/);
});

test("a scene is the same whichever way one has come to it: what a step leaves out, an earlier one has set", () => {
  /** @type {Step[]} */
  const steps = [
    { title: "a", handles: [{ z: [1, 1] }, { z: [2, 2] }], active: 2, show: ["lattice"] },
    { title: "b", view: { x: [0, 1], y: [0, 1] } },
    { title: "c", show: [], handles: [{ z: [3, 3] }] },
  ];
  assert.deepEqual(sceneAt(steps, 1), {
    handles: steps[0].handles, active: 1, view: steps[1].view, show: ["lattice"],
  });
  assert.deepEqual(sceneAt(steps, 2), { handles: steps[2].handles, active: 0, view: steps[1].view, show: [] });
  assert.deepEqual(sceneAt([{ title: "a" }], 0), { handles: null, active: 0, view: "all", show: null });
});

test("a longer sentence stays longer, and a step's own seconds go before", () => {
  assert.ok(secondsOf({ title: "x", say: "a".repeat(100) }) > secondsOf({ title: "x", say: "a" }));
  assert.equal(secondsOf({ title: "x", say: "a".repeat(100), seconds: 3 }), 3);
});

/** @param {number} count */
function playback(count) {
  /** @type {number[]} */
  const seen = [];
  const tour = new TourPlayback((at) => seen.push(at), () => Date.now());
  tour.use(Array.from({ length: count }, (_, at) => ({ title: String(at), seconds: 5 })));
  return { tour, seen };
}

test("next and previous stop at the ends", () => {
  const { tour, seen } = playback(2);
  tour.previous();
  tour.next();
  tour.next();
  tour.next();
  tour.previous();
  tour.previous();
  assert.deepEqual(seen, [0, 1, 0]);
});

test("a tour plays on when there was time to read and its handles have come to rest", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const { tour, seen } = playback(3);
  tour.toggle();
  t.mock.timers.tick(3000);
  tour.stands();
  t.mock.timers.tick(1999);
  assert.deepEqual(seen, [0]);
  t.mock.timers.tick(1);
  assert.deepEqual(seen, [0, 1]);
  t.mock.timers.tick(60_000);
  assert.deepEqual(seen, [0, 1], "handles are still on their way");
  tour.stands();
  t.mock.timers.tick(1000);
  assert.deepEqual(seen, [0, 1], "a moment to look at where they have come to");
  t.mock.timers.tick(1000);
  assert.deepEqual(seen, [0, 1, 2]);
  tour.stands();
  t.mock.timers.tick(60_000);
  assert.deepEqual([seen.length, tour.isPlaying], [3, false], "it ends at the last step");
  tour.toggle();
  assert.deepEqual([seen.at(-1), tour.isPlaying], [0, true], "and begins anew");
});

test("a paused tour stays where it is, and a step forward while it plays begins that step's time", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const { tour, seen } = playback(9);
  tour.toggle();
  tour.stands();
  tour.toggle();
  t.mock.timers.tick(60_000);
  assert.deepEqual([seen.length, tour.isPlaying], [1, false]);
  tour.toggle();
  tour.stands();
  t.mock.timers.tick(4000);
  tour.next();
  tour.stands();
  t.mock.timers.tick(4000);
  assert.deepEqual(seen, [0, 1, 2]);
});

test("without steps nothing plays", () => {
  const { tour, seen } = playback(0);
  tour.toggle();
  tour.next();
  assert.deepEqual([seen, tour.isPlaying], [[], false]);
});

test("a handle leaves where it was and arrives where it should, within a quarter of a second", () => {
  const move = motion([0, 0], [1, -2]);
  assert.ok(move.ms >= 150 && move.ms <= 250);
  assert.deepEqual(placeAfter(move, 0), [0, 0]);
  assert.deepEqual(placeAfter(move, move.ms), [1, -2]);
  const [x, y] = placeAfter(move, move.ms / 2);
  assert.ok(Math.abs(x - 0.5) < 0.02 && Math.abs(y + 1) < 0.04);
});

test("along a path it passes each place, in order and in time to be watched", () => {
  const move = motion([0, 0], [4, 0], [[2, 2]]);
  assert.ok(move.ms > 1000);
  const places = Array.from({ length: 201 }, (_, at) => placeAfter(move, (at / 200) * move.ms));
  assert.ok(Math.min(...places.map(([x, y]) => Math.hypot(x - 2, y - 2))) < 0.1);
  assert.ok(places.every(([x], at) => !at || x >= places[at - 1][0]));
});

test("a handle that stays needs no path", () => {
  assert.deepEqual(placeAfter(motion([1, 2], [1, 2]), 100), [1, 2]);
});

test("without motion it is there at once", () => {
  /** @type {number[][]} */
  const drawn = [];
  let hasEnded = false;
  const move = motion([0, 0], [1, 1], [[5, 5]]);
  animate(0, (passed) => (drawn.push(placeAfter(move, passed)), true), () => (hasEnded = true));
  assert.deepEqual([drawn, hasEnded], [[[1, 1]], true]);
});
