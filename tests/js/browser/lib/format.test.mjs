import assert from "node:assert/strict";
import test from "node:test";
import { decimal, listed, writeNumbersIn } from "../../../../pages/ui/browser/lib/format.mjs";

test("numbers are written as in the page's language, apart from each other's decimals", () => {
  for (const language of ["ru", "fr"]) {
    writeNumbersIn(language);
    assert.equal(decimal(-0.25, 2), "−0,25");
    assert.equal(listed([0.5, -1], 1), "0,5; −1,0");
  }
  for (const language of ["zh", "en"]) {
    writeNumbersIn(language);
    assert.equal(decimal(-0.25, 2), "−0.25");
    assert.equal(listed([0.5, -1], 1), "0.5, −1.0");
  }
});
