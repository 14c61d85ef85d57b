import assert from "node:assert/strict";
import test from "node:test";
import { DrawPad } from "../../../../../../pages/ui/components/latent_canvas/features/encode/pad.mjs";
import { element, event } from "../../../../fakes.mjs";

/** A canvas of 280 by 280 CSS pixels at (10, 20), as far as a pad is concerned. */
function canvas() {
  /** @type {Record<string, string>} */
  const attributes = {};
  /** @type {any[]} */
  const added = [];
  const made = Object.assign(element(), {
    attributes,
    added,
    ownerDocument: { createElement: () => ({ setAttribute: () => undefined, remove: () => undefined }) },
    after: (/** @type {any[]} */ ...elements) => void added.push(...elements),
    focus: () => undefined,
    matches: () => false,
    setAttribute: (/** @type {string} */ name, /** @type {string} */ value) => void (attributes[name] = value),
    getContext: () => null,
    getBoundingClientRect: () => ({ left: 10, top: 20, width: 280, height: 280 }),
    offsetWidth: 280,
    offsetHeight: 280,
  });
  return /** @type {any} */ (made);
}

/** A pad whose frames come when the test says so. @param {[number, number, number]} [shape] */
function pad(shape = [1, 28, 28]) {
  const target = canvas();
  /** @type {{image: Float32Array, timeStamp: number}[]} */
  const told = [];
  /** @type {(() => void)[]} */
  const due = [];
  const made = new DrawPad(target, {
    shape,
    onChange: (image, timeStamp) => void told.push({ image, timeStamp }),
    nextFrame: (draw) => due.push(draw),
  });
  const frame = () => due.splice(0).forEach((draw) => draw());
  return { made, target, told, due, frame };
}

/** @param {any} target @param {string} type @param {number} x @param {number} y @param {object} [fields] */
function point(target, type, x, y, fields = {}) {
  const pointer = { pointerId: 1, button: 0, pointerType: "mouse", pressure: 0.5 };
  target.dispatchEvent(event(type, { ...pointer, clientX: x, clientY: y, timeStamp: 5, ...fields }));
}

/** @param {any} target @param {string} name @param {object} [fields] */
const key = (target, name, fields = {}) => void target.dispatchEvent(event("keydown", { key: name, ...fields }));

/** @param {Float32Array} image @param {number} row @param {number} column */
const at = (image, row, column) => image[28 * row + column];

test("a drag draws where the pointer goes", () => {
  const { made, target } = pad();
  point(target, "pointerdown", 50, 160);
  point(target, "pointermove", 250, 160);
  assert.ok(at(made.image(), 13, 14) > 0.9);
  assert.equal(at(made.image(), 5, 14), 0);
});

test("changes are told once a frame, with the newest time, and after the last point", () => {
  const { target, told, due, frame } = pad();
  point(target, "pointerdown", 50, 160);
  point(target, "pointermove", 100, 160, { timeStamp: 7 });
  point(target, "pointermove", 150, 160, { timeStamp: 9 });
  assert.deepEqual([told.length, due.length], [0, 1]);
  frame();
  assert.deepEqual(told.map(({ timeStamp }) => timeStamp), [9]);
  point(target, "pointermove", 250, 160, { timeStamp: 11 });
  point(target, "pointerup", 250, 160, { timeStamp: 12 });
  frame();
  assert.equal(told.length, 2);
  assert.ok(at(told[1].image, 13, 23) > 0.9);
  frame();
  assert.equal(told.length, 2);
});

test("what a fast pointer did between two events is drawn as well", () => {
  const { made, target } = pad();
  const way = [{ clientX: 150, clientY: 60 }, { clientX: 250, clientY: 160 }];
  point(target, "pointerdown", 50, 160);
  point(target, "pointermove", 250, 160, {
    getCoalescedEvents: () => way.map((place) => ({ ...place, pointerType: "mouse", pressure: 0.5 })),
  });
  assert.ok(at(made.image(), 4, 14) > 0.5);
  assert.equal(at(made.image(), 13, 14), 0);
});

test("after letting go the pointer draws no more", () => {
  const { made, target } = pad();
  point(target, "pointerdown", 50, 160);
  point(target, "pointerup", 50, 160);
  point(target, "pointermove", 250, 160);
  assert.equal(at(made.image(), 13, 14), 0);
});

test("Space puts the pen down, arrows draw with it, Space lifts it", () => {
  const { made, target, told, frame } = pad();
  key(target, "ArrowLeft");
  assert.ok(made.image().every((value) => value === 0));
  key(target, " ");
  key(target, "ArrowRight", { shiftKey: true });
  key(target, "ArrowDown", { shiftKey: true });
  key(target, " ");
  key(target, "ArrowDown", { shiftKey: true });
  assert.ok(at(made.image(), 14, 15) > 0.9);
  assert.ok(at(made.image(), 17, 17) > 0.9);
  assert.equal(at(made.image(), 22, 17), 0);
  frame();
  assert.equal(told.length, 1);
});

test("a held Space is one press, and leaving the pad lifts the pen", () => {
  const { made, target } = pad();
  key(target, " ");
  key(target, " ", { repeat: true });
  key(target, "ArrowRight", { shiftKey: true });
  assert.ok(at(made.image(), 14, 18) > 0.9);
  target.dispatchEvent(event("blur", {}));
  key(target, "ArrowRight", { shiftKey: true });
  assert.equal(at(made.image(), 14, 22), 0);
});

test("Control Z takes back a stroke and tells of it", () => {
  const { made, target, told, frame } = pad();
  point(target, "pointerdown", 150, 160);
  point(target, "pointerup", 150, 160);
  key(target, "z", { ctrlKey: true });
  frame();
  assert.ok(told[0].image.every((value) => value === 0));
  assert.ok(made.image().every((value) => value === 0));
});

test("a clear is told; a loaded picture is shown and not told", () => {
  const { made, told, frame } = pad();
  const picture = new Float32Array(784).fill(0.5);
  made.load(picture);
  frame();
  assert.deepEqual([...made.image()], [...picture]);
  assert.equal(told.length, 0);
  made.clear();
  frame();
  assert.equal(told.length, 1);
  assert.ok(told[0].image.every((value) => value === 0));
});

test("only what a hand has changed is told, also when a picture comes after it", () => {
  const { made, target, told, frame } = pad();
  point(target, "pointerdown", 150, 160);
  frame();
  made.load(new Float32Array(784));
  frame();
  assert.equal(told.length, 1);
});

test("a clear lifts the pen of the keyboard", () => {
  const { made, target } = pad();
  key(target, " ");
  made.clear();
  assert.match(target.added[1].textContent, /^Pen up/);
  key(target, "ArrowRight", { shiftKey: true });
  assert.ok(made.image().every((value) => value === 0));
});

test("grey data has white and an eraser, colour has white, black and six hues", () => {
  assert.deepEqual(pad().made.inks.map(({ name }) => name), ["White", "Eraser"]);
  assert.equal(pad([3, 8, 8]).made.inks.length, 8);
});

test("the chosen colour is drawn with", () => {
  const { made, target } = pad([3, 8, 8]);
  made.choose(made.inks.findIndex(({ name }) => name === "Red"));
  point(target, "pointerdown", 10, 160);
  point(target, "pointermove", 290, 160);
  const [red, green, blue] = [0, 64, 128].map((channel) => made.image()[channel + 8 * 4 + 4]);
  assert.ok(red > 2 * green && Math.abs(green - blue) < 1e-6);
});

test("a screen reader hears what the pad is, how it is used, and where the pen is", () => {
  const { target } = pad();
  const [help, status] = target.added;
  assert.equal(target.attributes.role, "application");
  assert.equal(target.attributes["aria-describedby"], help.id);
  assert.match(help.textContent, /Arrow keys/);
  key(target, " ");
  assert.equal(status.textContent, "Pen down, row 15, column 15");
});

test("after its end a pad hears nothing", () => {
  const { made, target, told, frame } = pad();
  made.destroy();
  point(target, "pointerdown", 150, 160);
  key(target, " ");
  frame();
  assert.equal(told.length, 0);
  assert.ok(made.image().every((value) => value === 0));
});
