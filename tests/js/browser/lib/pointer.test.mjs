import assert from "node:assert/strict";
import test from "node:test";
import { draggable, tappable } from "../../../../pages/ui/browser/lib/pointer.mjs";
import { element, event } from "../../fakes.mjs";

/** @param {HTMLElement} target */
function recording(target) {
  /** @type {unknown[][]} */
  const heard = [];
  const stop = draggable(target, {
    grab: () => heard.push(["grab"]),
    move: (dx, dy) => heard.push(["move", dx, dy]),
    drop: () => heard.push(["drop"]),
  });
  return { heard, stop };
}

/** @param {string} type @param {object} fields */
const pointer = (type, fields) =>
  event(type, { pointerId: 1, button: 0, isPrimary: true, clientX: 0, clientY: 0, ...fields });

test("a drag is told in pixels since the grab, and its end", () => {
  const handle = element();
  const { heard } = recording(handle);
  handle.dispatchEvent(pointer("pointerdown", { clientX: 100, clientY: 50 }));
  handle.dispatchEvent(pointer("pointermove", { clientX: 103, clientY: 40 }));
  handle.dispatchEvent(pointer("pointerup", { clientX: 103, clientY: 40 }));
  assert.deepEqual(heard, [["grab"], ["move", 3, -10], ["drop"]]);
});

test("the pointer is captured and the browser's own response prevented", () => {
  const handle = element();
  recording(handle);
  const down = pointer("pointerdown", {});
  handle.dispatchEvent(down);
  assert.equal(down.defaultPrevented, true);
  assert.deepEqual(/** @type {any} */ (handle).captured, [1]);
});

test("a second finger neither grabs nor moves what the first one holds", () => {
  const handle = element();
  const { heard } = recording(handle);
  handle.dispatchEvent(pointer("pointerdown", {}));
  handle.dispatchEvent(pointer("pointerdown", { pointerId: 2 }));
  handle.dispatchEvent(pointer("pointermove", { pointerId: 2, clientX: 50 }));
  handle.dispatchEvent(pointer("pointerup", { pointerId: 2 }));
  assert.deepEqual(heard, [["grab"]]);
});

test("a pointer that the browser takes away drops the handle where it is, once", () => {
  const handle = element();
  const { heard } = recording(handle);
  handle.dispatchEvent(pointer("pointerdown", {}));
  handle.dispatchEvent(pointer("lostpointercapture", {}));
  handle.dispatchEvent(pointer("pointerup", {}));
  assert.deepEqual(heard, [["grab"], ["drop"]]);
});

test("other buttons drag nothing, and nothing is heard after stopping", () => {
  const handle = element();
  const { heard, stop } = recording(handle);
  handle.dispatchEvent(pointer("pointerdown", { button: 2 }));
  stop();
  handle.dispatchEvent(pointer("pointerdown", {}));
  assert.deepEqual(heard, []);
});

/** @param {object} from @param {object} to how it is let go */
function tap(from, to) {
  const [surface, world] = [element(), new EventTarget()];
  let taps = 0;
  tappable(surface, () => taps++, world);
  surface.dispatchEvent(pointer("pointerdown", { timeStamp: 0, ...from }));
  world.dispatchEvent(pointer("pointerup", { timeStamp: 100, ...to }));
  return taps;
}

test("a short press in one place is a tap", () => {
  assert.equal(tap({ clientX: 10 }, { clientX: 13 }), 1);
});

test("a press that travels is plotly's pan and no tap", () => {
  assert.equal(tap({ clientX: 10 }, { clientX: 40 }), 0);
});

test("a long press is no tap", () => {
  assert.equal(tap({}, { timeStamp: 900 }), 0);
});

test("a second finger makes no tap", () => {
  assert.equal(tap({ isPrimary: false }, {}), 0);
});
