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

test("while no epoch can be looked at, a run that trains promises the next, and one that is over does not", () => {
  const { panel, said } = panelOf();
  panel.show(new Timeline(), 12, false, false);
  assert.match(said(), /once it ends/);
  panel.show(new Timeline(), 12, false, true);
  assert.match(said(), /once this browser can decode/);
});
