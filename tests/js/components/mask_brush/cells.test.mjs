import assert from "node:assert/strict";
import test from "node:test";
import { Cells } from "../../../../pages/ui/components/mask_brush/cells.mjs";

test("a stroke hides what lies within its radius, and a rub shows it again", () => {
  const cells = new Cells(4, 6);
  cells.stroke({ row: 1.5, column: 0.5 }, { row: 1.5, column: 5.5 }, 0.6, true);
  assert.deepEqual([...cells.isHidden], [...Array(6).fill(0), ...Array(6).fill(1), ...Array(12).fill(0)]);
  assert.equal(cells.share, 0.25);
  cells.stroke({ row: 1.5, column: 0.5 }, { row: 1.5, column: 0.5 }, 0.6, false);
  assert.equal(cells.isHidden[6], 0);
  assert.equal(cells.isHidden[7], 1);
  cells.clear();
  assert.equal(cells.text, "");
});

test("what is painted is written as numpy packs its bits, and read again", () => {
  const cells = new Cells(2, 5); // ten bits, of which two lie in a second byte
  for (const index of [0, 7, 8]) cells.isHidden[index] = 1;
  assert.equal(cells.text, "8180");
  const other = new Cells(2, 5);
  other.text = cells.text;
  assert.deepEqual(other.isHidden, cells.isHidden);
  other.text = "";
  assert.ok(!other.isHidden.includes(1));
});
