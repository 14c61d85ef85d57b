import assert from "node:assert/strict";
import test from "node:test";
import { dwellMs, Replay } from "../../../../../../pages/ui/components/latent_canvas/features/time_machine/replay.mjs";
import { deferred, settled } from "../../../../fakes.mjs";

/** A replay of so many epochs whose waits end when told. @param {number} count */
function replayOf(count) {
  const log = { at: 0, changes: 0 };
  /** @type {ReturnType<typeof deferred>[]} */
  const waits = [];
  const replay = new Replay(
    {
      advance: async () => log.at < count && ++log.at > 0,
      dwellMs: () => 500,
      changed: () => log.changes++,
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
