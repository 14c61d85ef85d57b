import assert from "node:assert/strict";
import test from "node:test";

import { MOST_CORNERS, OPTION_PATTERNS } from "../../../../pages/ui/browser/lib/contract.mjs";
import { hiddenOf } from "../../../../pages/ui/browser/legend/legend.mjs";
import { limitsText } from "../../../../pages/ui/browser/legend/marks.mjs";
import { viewText } from "../../../../pages/ui/browser/maths/coordinates.mjs";
import { keptText, outlineOf } from "../../../../pages/ui/components/latent_canvas/features/directions/directions.mjs";

/** @import { Choice } from "../../../../pages/ui/components/latent_canvas/features/directions/directions.mjs" */
/** @import { View } from "../../../../pages/ui/browser/maths/coordinates.mjs" */

test("what the features keep in the address fits Python's patterns of it", () => {
  const stroke = Array.from({ length: 100 }, (_, at) => /** @type {[number, number]} */ ([-12.3456 + at, 1e-9 * at]));
  const outline = outlineOf(stroke);
  assert.equal(outline.length, MOST_CORNERS);
  const choices = /** @type {[Choice, Choice]} */ ([{ kind: "class", label: 9 }, { kind: "drawn", outline }]);
  const view = /** @type {View} */ ({ x: [-1024, 1024], y: [-0.00001, 0.12345] });
  assert.match(keptText({ choices, share: -2.5 }), OPTION_PATTERNS.arrow);
  assert.match(viewText(view), OPTION_PATTERNS.view);
  assert.match(hiddenOf([true, false, false]), OPTION_PATTERNS.hidden);
  for (const [from, to] of [[-1e-9, 0.123456789], [1e300, Infinity], [-Infinity, -7]]) assert.match(limitsText({ from, to }), OPTION_PATTERNS.only);
  assert.match(hiddenOf([true, false, false]), OPTION_PATTERNS.only);
  assert.doesNotMatch(hiddenOf([true]), OPTION_PATTERNS.hidden);
});
