import { runAddress } from "../../browser/lib/contract.mjs";
import { fetchOrExplain, isAbort, sentenceOf } from "../../browser/lib/fetching.mjs";
import { onePerElement } from "../../browser/lib/instances.mjs";
import { isFinal, poll } from "../../browser/lib/polling.mjs";
import { readTheme, shadeFor } from "../../browser/lib/theme.mjs";

/** @import { CommonData, RunState, Verdict } from "../../browser/lib/contract.mjs" */
/** @import { Component } from "../../browser/lib/types.mjs" */

/** @typedef {{state: RunState, verdict: Verdict}} Answer */

const ASK_EVERY_MS = 1000;

/** The verdict on a run, asked for while it trains. */
class RunHealth {
  /** @param {Component<CommonData>} component */
  constructor(component) {
    this.component = component;
    this.data = component.data;
    this.root = /** @type {HTMLElement} */ (component.parentElement.querySelector(".ls-health"));
    /** @param {string} name */
    const part = (name) => /** @type {HTMLElement} */ (this.root.querySelector(`.ls-health-${name}`));
    this.title = /** @type {HTMLElement} */ (part("title").querySelector("b"));
    this.sentence = part("sentence");
    this.meaning = part("meaning");
    this.changes = part("changes");
    /** @type {Verdict | null} */
    this.shown = null;
    this.stop = this.#follow();
  }

  /** @param {Component<CommonData>} component */
  update(component) {
    this.component = component;
    const before = this.data.run;
    this.data = component.data;
    this.#dress();
    if (before.id === this.data.run.id && before.state === this.data.run.state) return;
    this.stop();
    this.stop = this.#follow();
  }

  #follow() {
    return poll((signal) => this.#ask(signal), { everyMs: ASK_EVERY_MS });
  }

  /** @param {AbortSignal} signal @returns {Promise<boolean>} whether to ask again */
  async #ask(signal) {
    try {
      const file = await fetchOrExplain(runAddress.verdict(this.data.run.base), "The verdict on the run", signal);
      /** @type {Answer} */
      const { state, verdict } = await file.json();
      if (signal.aborted) return false;
      this.#show(verdict);
      return !isFinal(state);
    } catch (error) {
      if (isAbort(error)) return false;
      this.sentence.textContent = sentenceOf(error, "The verdict could not be read; reload the page.");
      throw error;
    }
  }

  /** @param {Verdict} verdict */
  #show(verdict) {
    if (JSON.stringify(verdict) === JSON.stringify(this.shown)) return;
    this.root.dataset.condition = verdict.condition;
    this.root.dataset.mood = verdict.mood;
    if (this.title.textContent !== verdict.title) this.title.textContent = verdict.title; // it is read out
    this.sentence.textContent = verdict.sentence;
    this.meaning.textContent = verdict.meaning;
    this.meaning.title = verdict.also.join("\n");
    const labels = verdict.changes.map(({ label }) => label);
    if (JSON.stringify(labels) !== JSON.stringify(this.shown?.changes.map(({ label }) => label))) this.#offer(labels);
    this.shown = verdict;
    this.#dress();
  }

  /** A button for each change; the buttons stay while their labels do, or a click in between would miss them. @param {string[]} labels */
  #offer(labels) {
    this.changes.replaceChildren(
      ...labels.map((label) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = label;
        button.title = "Starts another run, with this run's settings but for that; this one stays as it is.";
        button.addEventListener("click", () => this.component.setTriggerValue("wanted", label));
        return button;
      }),
    );
  }

  #dress() {
    const theme = readTheme(this.root);
    const { accent, reconstruction } = this.data.look;
    const shades = { early: null, healthy: reconstruction, sick: accent };
    const shade = this.shown && shades[this.shown.mood];
    this.root.style.setProperty("--ls-mood", shade ? shadeFor(shade, theme) : theme.muted);
  }

  destroy() {
    this.stop();
  }
}

/** @type {(component: Component<CommonData>) => () => void} */
export default onePerElement((component) => new RunHealth(component));
