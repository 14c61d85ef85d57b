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

test("before its first step a run shows principal components, and says so", () => {
  const { panel, said } = panelOf();
  const timeline = new Timeline();
  const moments = [0, 1].map((epoch) => ({ epoch, step: 10 * epoch, reconstruction_nats: null, kl_nats: null, beta: null }));
  timeline.use(moments, 25);
  timeline.seek(0);
  panel.show(timeline, 12, false, "training");
  assert.match(said(), /^Before training: PCA/);
  timeline.seek(1);
  panel.show(timeline, 12, false, "training");
  assert.match(said(), /^Epoch 1 of 12/);
  timeline.seek(2);
  timeline.use(moments.slice(0, 1), 0);
  panel.show(timeline, 12, false, "training");
  assert.doesNotMatch(said(), /epoch 0/i);
});

test("a model that spans β is moved along them instead of its epochs", () => {
  const { panel, said } = panelOf();
  const timeline = new Timeline();
  timeline.use([1, 2, 3].map((epoch) => ({ epoch, step: epoch, reconstruction_nats: null, kl_nats: null, beta: 10 ** (epoch - 2) })), 500);
  panel.show(timeline, 12, false, "unkept");
  assert.match(said(), /^β as it was set/);
  timeline.seek(0);
  panel.show(timeline, 12, false, "unkept");
  assert.match(said(), /^β = 0.10/);
  timeline.seek(2);
  panel.show(timeline, 12, false, "unkept");
  assert.match(said(), /^β = 10/);
});
