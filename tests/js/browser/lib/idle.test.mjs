import assert from "node:assert/strict";
import test from "node:test";
import { draggable } from "../../../../pages/ui/browser/lib/pointer.mjs";
import { idle, hold, watch } from "../../../../pages/ui/browser/lib/idle.mjs";
import { deferred, element, event, settled } from "../../fakes.mjs";

/** Frames that come when the test says so. */
function frames() {
  /** @type {(() => void)[]} */
  const waiting = [];
  Object.assign(globalThis, { requestAnimationFrame: (/** @type {() => void} */ draw) => waiting.push(draw) });
  return {
    async draw() {
      waiting.splice(0).forEach((draw) => draw());
      await new Promise((resolve) => setTimeout(resolve)); // as the page goes on once the frame is drawn
      await settled();
    },
  };
}

/** What has been called so far, by number. @param {number} count of those who wait */
function waiters(count) {
  /** @type {number[]} */
  const called = [];
  for (let at = 0; at < count; at++) void idle(10_000).then(() => called.push(at));
  return called;
}

test("who waits for calm goes on after the next frame, one in each", async () => {
  const { draw } = frames();
  const called = waiters(3);
  await settled();
  assert.deepEqual(called, []);
  await draw();
  assert.deepEqual(called, [0]);
  await draw();
  assert.deepEqual(called, [0, 1]);
  await draw();
  assert.deepEqual(called, [0, 1, 2]);
});

test("what is watched is not disturbed until it is over and seen, even if it goes wrong", async () => {
  const { draw } = frames();
  const [travel, drawing] = [deferred(), deferred()];
  void watch(travel.promise);
  watch(drawing.promise).catch(() => {});
  const called = waiters(1);
  await draw();
  travel.resolve(null);
  await draw();
  assert.deepEqual(called, []);
  drawing.reject(new Error("no room"));
  await settled();
  assert.deepEqual(called, []);
  await draw();
  assert.deepEqual(called, [0]);
});

test("nobody waits for ever: neither for what never ends, nor in a hidden tab, which draws no frames", async () => {
  frames();
  const endless = deferred();
  void watch(endless.promise);
  await idle(5);
  endless.resolve(null);
});

test("what is held is let go when it is said to be over, be it twice, or else after its time", { timeout: 5000 }, async () => {
  const { draw } = frames();
  const over = hold();
  const called = waiters(1);
  await draw();
  assert.deepEqual(called, []);
  over();
  over();
  await settled();
  await draw();
  assert.deepEqual(called, [0]);
  hold(5); // nobody says so
  const later = waiters(1);
  while (!later.length) await draw();
});

test("a drag is watched from the grab to letting go, or to its handle's end", async () => {
  for (const end of ["up", "stop"]) {
    const { draw } = frames();
    const handle = element();
    const stop = draggable(handle, { grab() {}, move() {}, drop() {} });
    const pointer = (/** @type {string} */ type) => event(type, { pointerId: 1, button: 0, clientX: 0, clientY: 0 });
    handle.dispatchEvent(pointer("pointerdown"));
    const called = waiters(1);
    await draw();
    assert.deepEqual(called, []);
    if (end === "up") handle.dispatchEvent(pointer("pointerup"));
    else stop();
    await settled();
    await draw();
    assert.deepEqual(called, [0], end);
  }
});
