import assert from "node:assert/strict";
import test from "node:test";
import { dwellMs, Replay, Timeline } from "../../../../../../pages/ui/components/latent_canvas/features/time_machine/timeline.mjs";
import { deferred, settled } from "../../../../fakes.mjs";

/** Epochs of a hundred steps each. @param {number[]} epochs */
const momentsOf = (...epochs) =>
  epochs.map((epoch) => ({ epoch, step: 100 * epoch, reconstruction_nats: 200 - epoch, kl_nats: epoch, beta: null }));

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

/** A replay of so many epochs whose waits end when told. @param {number} count */
function replayOf(count) {
  const log = { at: 0, changes: 0 };
  /** @type {ReturnType<typeof deferred>[]} */
  const waits = [];
  const replay = new Replay(
    {
      advance: async () => log.at < count && ++log.at > 0,
      dwellMs: () => 500,
      onChange: () => log.changes++,
    },
    (_ms, signal) => {
      const wait = deferred();
      waits.push(wait);
      signal.addEventListener("abort", () => wait.resolve(undefined));
      return /** @type {Promise<void>} */ (wait.promise);
    },
  );
  const pass = async () => {
    await settled();
    waits.at(-1)?.resolve(undefined);
    await settled();
  };
  return { replay, log, pass };
}

test("playing goes from epoch to epoch to the end, and then stops", async () => {
  const { replay, log, pass } = replayOf(3);
  replay.toggle();
  await settled();
  assert.deepEqual([log.at, replay.isPlaying], [1, true]);
  for (let each = 0; each < 3; each++) await pass();
  assert.deepEqual([log.at, replay.isPlaying, log.changes], [3, false, 2]);
});

test("a pause stands at the epoch that is shown, and playing goes on from there", async () => {
  const { replay, log, pass } = replayOf(9);
  replay.toggle();
  await pass();
  replay.toggle();
  await settled();
  assert.deepEqual([log.at, replay.isPlaying], [2, false]);
  replay.toggle();
  await settled();
  assert.deepEqual([log.at, replay.isPlaying], [3, true]);
});

test("pausing what does not play changes nothing", () => {
  const { replay, log } = replayOf(3);
  replay.pause();
  assert.equal(log.changes, 0);
});

test("many epochs pass faster than few, and none faster than it is seen", () => {
  assert.ok(dwellMs(4, 1, false) > dwellMs(16, 1, false));
  assert.equal(dwellMs(500, 1, false), dwellMs(64, 1, false));
  assert.equal(dwellMs(16, 2, false), dwellMs(16, 1, false) / 2);
});

test("where motion is not wanted, epochs follow each other slowly", () => {
  assert.ok(dwellMs(64, 1, true) >= 1500);
});
