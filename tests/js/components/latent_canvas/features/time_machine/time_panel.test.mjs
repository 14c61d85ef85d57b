import assert from "node:assert/strict";
import test from "node:test";
import { TimePanel } from "../../../../../../pages/ui/components/latent_canvas/features/time_machine/time_panel.mjs";
import { Timeline } from "../../../../../../pages/ui/components/latent_canvas/features/time_machine/timeline.mjs";

/** A panel, and what it says. */
function panelOf() {
  const parts = new Map();
  /** @param {string} selector */
  const querySelector = (selector) => {
    const made = Object.assign(new EventTarget(), {
      value: "1", said: "",
      setAttribute: () => undefined,
      toggleAttribute: () => undefined,
      replaceChildren: (/** @type {string[]} */ ...words) => (made.said = words.join(" ")),
    });
    parts.set(selector, made);
    return made;
  };
  const nothing = () => undefined;
  const box = /** @type {any} */ ({ querySelector, hidden: false });
  const panel = new TimePanel(box, { onSeek: nothing, onRelease: nothing, onToggle: nothing, onSave: nothing });
  return { panel, said: () => parts.get("output").said };
}

test("where there is no past it is said why: it is still to come, cannot be decoded here, or was not kept", () => {
  const { panel, said } = panelOf();
  for (const [why, words] of /** @type {const} */ ([["training", /once it ends/], ["undecoded", /once this browser can decode/], ["unkept", /No epoch/]])) {
    panel.show(new Timeline(), 12, false, why);
    assert.match(said(), words);
  }
});
