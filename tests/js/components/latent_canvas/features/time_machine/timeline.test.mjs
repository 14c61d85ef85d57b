import assert from "node:assert/strict";
import test from "node:test";
import { Timeline } from "../../../../../../pages/ui/components/latent_canvas/features/time_machine/timeline.mjs";

/** Epochs of a hundred steps each. @param {number[]} epochs */
const momentsOf = (...epochs) =>
  epochs.map((epoch) => ({ epoch, step: 100 * epoch, reconstruction_nats: 200 - epoch, kl_nats: epoch }));

/** @param {number[]} epochs */
function timelineOf(...epochs) {
  const timeline = new Timeline();
  timeline.use(momentsOf(...epochs), Infinity);
  return timeline;
}

test("a timeline is at its last position, now, until another is chosen", () => {
  const timeline = timelineOf(1, 2, 3);
  assert.deepEqual([timeline.position, timeline.last, timeline.isNow, timeline.moment], [3, 3, true, null]);
});

test("a position before the last is an epoch, with its figures", () => {
  const timeline = timelineOf(2, 4, 8);
  assert.equal(timeline.seek(1), true);
  assert.deepEqual([timeline.epoch, timeline.moment?.reconstruction_nats, timeline.isNow], [4, 196, false]);
  assert.equal(timeline.seek(1), false, "it is there already");
  assert.equal(timeline.seek(99), true);
  assert.equal(timeline.isNow, true);
});

test("now follows a run that trains, and an epoch stays where it is while the list grows", () => {
  const timeline = timelineOf(1, 2);
  timeline.use(momentsOf(1, 2, 3), Infinity);
  assert.deepEqual([timeline.position, timeline.isNow], [3, true]);
  timeline.seek(0);
  timeline.use(momentsOf(1, 2, 3, 4), Infinity);
  assert.deepEqual([timeline.position, timeline.epoch], [0, 1]);
});

test("the model that is shown as now is not an epoch before it, nor is any newer one", () => {
  const timeline = new Timeline();
  timeline.use(momentsOf(1, 2, 3), 200);
  assert.deepEqual(timeline.moments.map(({ epoch }) => epoch), [1]);
});

test("an epoch that was thinned out meanwhile stands where the one before it does", () => {
  const timeline = timelineOf(1, 2, 3, 4);
  timeline.seek(2);
  timeline.use(momentsOf(2, 4), Infinity);
  assert.deepEqual([timeline.position, timeline.epoch, timeline.moment], [0, 3, null]);
});

test("an address leads to its epoch, to the one before it, or to now", () => {
  const timeline = timelineOf(2, 4, 8);
  /** @param {number | null} epoch */
  const led = (epoch) => (timeline.seekEpoch(epoch), timeline.epoch);
  assert.deepEqual([4, 7, 99, 1, null].map(led), [4, 4, 8, null, null]);
});

test("the neighbours of an epoch are those beside it, the later first", () => {
  const timeline = timelineOf(1, 2, 3, 4);
  timeline.seek(1);
  assert.deepEqual(timeline.neighbours(2), [3, 1, 4]);
  timeline.seek(4);
  assert.deepEqual(timeline.neighbours(2), [4, 3]);
});

test("a run without snapshots has only now", () => {
  const timeline = timelineOf();
  assert.deepEqual([timeline.last, timeline.position, timeline.seek(0), timeline.neighbours()], [0, 0, false, []]);
});
