import assert from "node:assert/strict";
import test from "node:test";
import { lent, Snapshots } from "../../../../pages/ui/browser/model/snapshots.mjs";
import { deferred, settled } from "../../fakes.mjs";

/** @import { Snapshot } from "../../../../pages/ui/browser/model/snapshots.mjs" */

/** A store of so many, whose loads come when told; and what was released and called off. @param {number} most */
function storeOf(most) {
  /** @type {{released: number[], asked: number[], calledOff: number[]}} */
  const { released, asked, calledOff } = { released: [], asked: [], calledOff: [] };
  /** @type {Map<number, ReturnType<typeof deferred>>} */
  const loads = new Map();
  const store = new Snapshots((epoch, signal) => {
    asked.push(epoch);
    const load = deferred();
    loads.set(epoch, load);
    signal.addEventListener("abort", () => calledOff.push(epoch));
    return /** @type {Promise<Snapshot>} */ (load.promise);
  }, most);
  /** @param {number} epoch */
  const arrive = (epoch) => loads.get(epoch)?.resolve({ decoder: { release: () => released.push(epoch) }, epoch });
  /** @param {number} epoch */
  const fail = (epoch) => loads.get(epoch)?.reject(new Error("gone"));
  return { store, released, asked, calledOff, arrive, fail };
}

test("a snapshot is loaded once however often it is asked for", async () => {
  const { store, asked, arrive } = storeOf(2);
  const both = [store.get(1), store.get(1)];
  arrive(1);
  const [one, other] = await Promise.all(both);
  assert.equal(one, other);
  assert.deepEqual(asked, [1]);
});

test("the one that was not asked for longest makes room and frees its session", async () => {
  const { store, released, arrive } = storeOf(2);
  for (const epoch of [1, 2]) {
    void store.get(epoch);
    arrive(epoch);
  }
  void store.get(1);
  void store.get(3);
  await settled();
  assert.deepEqual(released, [2]);
  assert.deepEqual([1, 2, 3].map((epoch) => store.has(epoch)), [true, false, true]);
});

test("the one that is shown is never freed for others", async () => {
  const { store, released, arrive } = storeOf(1);
  for (const epoch of [1, 2, 3]) {
    store.inUse = 1;
    void store.get(epoch);
    arrive(epoch);
  }
  await settled();
  assert.deepEqual([released, store.has(1)], [[2], true]);
});

test("one that makes room before it has arrived is called off, and freed if it arrives all the same", async () => {
  const { store, released, calledOff, arrive } = storeOf(1);
  void store.get(1);
  void store.get(2);
  assert.deepEqual(calledOff, [1]);
  arrive(1);
  await settled();
  assert.deepEqual(released, [1]);
});

test("one that failed is loaded anew when it is asked for again", async () => {
  const { store, asked, fail, arrive } = storeOf(2);
  const first = store.get(1);
  fail(1);
  await assert.rejects(first, /gone/);
  const second = store.get(1);
  arrive(1);
  await second;
  assert.deepEqual(asked, [1, 1]);
});

test("cleared, it frees what has arrived and calls off what is under way", async () => {
  const { store, released, calledOff, arrive } = storeOf(3);
  void store.get(1);
  arrive(1);
  void store.get(2);
  store.clear();
  await settled();
  assert.deepEqual([released, calledOff, store.has(1)], [[1], [1, 2], false]);
});

test("who was lent a decoder cannot free it", () => {
  let isFreed = false;
  const decoder = /** @type {any} */ ({ decode: () => 7, release: () => (isFreed = true) });
  const borrowed = lent(decoder);
  borrowed.release();
  assert.deepEqual([borrowed.decode([0]), isFreed], [7, false]);
});
