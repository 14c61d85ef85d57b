import { decimal } from "../../../../browser/lib/format.mjs";
import { listen } from "../../../../browser/lib/pointer.mjs";

/** @import { Moment } from "../../../../browser/lib/contract.mjs" */
/** @import { Timeline } from "./timeline.mjs" */

/**
 * @typedef {object} TimePanelEvents
 * @property {(position: number) => void} onSeek the scrubber is on its way
 * @property {() => void} onRelease it stands
 * @property {() => void} onToggle play, or pause
 * @property {() => void} onSave
 */

/** Where there is nothing to look back on. */
const NOTHING = {
  training: "Each epoch can be looked back on once it ends",
  undecoded: "Each epoch that was kept can be looked back on once this browser can decode",
  unkept: "No epoch of this training was kept to look back on",
};

/** What a run shows: before its first step, principal components. @param {number} epoch @param {number} epochs of all */
export const whenOf = (epoch, epochs) => (epoch ? `Epoch ${epoch} of ${epochs}` : "Before training: PCA");

/** What of a run is shown at a moment. @param {Moment} moment @param {number} epochs of all */
export const momentOf = ({ beta, epoch }, epochs) => (beta === null ? whenOf(epoch, epochs) : `β = ${decimal(beta, beta < 10 ? 2 : 0)}`);

/** The time machine's controls under the map. */
export class TimePanel {
  /** @param {HTMLElement} box @param {TimePanelEvents} events */
  constructor(box, events) {
    this.box = box;
    this.scrubber = /** @type {HTMLInputElement} */ (part(box, "[data-testid=time-machine]"));
    this.player = /** @type {HTMLButtonElement} */ (part(box, ".ls-play"));
    this.saver = /** @type {HTMLButtonElement} */ (part(box, "[data-save]"));
    this.speeds = /** @type {HTMLSelectElement} */ (part(box, "select"));
    this.text = part(box, "output");
    this.stops = [
      listen(this.scrubber, { input: () => events.onSeek(this.scrubber.valueAsNumber), change: events.onRelease }),
      listen(this.player, { click: events.onToggle }),
      listen(this.saver, { click: events.onSave }),
    ];
  }

  /** 1 as usual, 2 twice as fast. */
  get speed() {
    return Number(this.speeds.value);
  }

  /**
   * @param {Timeline} timeline @param {number | null} epochs of the whole run; null hides the panel
   * @param {boolean} isPlaying @param {keyof typeof NOTHING} why there may be no past
   */
  show(timeline, epochs, isPlaying, why) {
    this.box.hidden = epochs === null;
    const hasPast = timeline.last > 0;
    for (const control of [this.scrubber, this.player, this.saver, this.speeds]) control.disabled = !hasPast;
    this.scrubber.max = String(timeline.last);
    this.scrubber.value = String(timeline.position);
    this.player.toggleAttribute("data-playing", isPlaying);
    this.player.setAttribute("aria-label", isPlaying ? "Pause the replay" : "Replay the training");
    this.#say(hasPast ? wordsFor(timeline, epochs ?? 0) : { when: NOTHING[why] });
  }

  /** @param {{when: string, moment?: Moment | null}} words */
  #say({ when, moment = null }) {
    const figures = moment ? figuresOf(moment) : [];
    this.text.replaceChildren(when, ...figures.map(({ text, kind }) => figure(text, kind)));
    this.scrubber.setAttribute("aria-valuetext", [when, ...figures.map(({ text }) => text)].join(", "));
  }

  /** @param {string} reconstruction colour @param {string} kl colour */
  dress(reconstruction, kl) {
    this.box.style.setProperty("--ls-reconstruction", reconstruction);
    this.box.style.setProperty("--ls-kl", kl);
  }

  /** How far saving has got. @param {number | null} share 0 to 1, null where nothing is saved */
  progress(share) {
    this.saver.textContent = share === null ? "GIF" : `GIF ${Math.round(100 * share)} %`;
    this.saver.disabled = share !== null;
  }

  destroy() {
    for (const stop of this.stops) stop();
    this.box.hidden = true;
    this.progress(null);
  }
}

/** @param {Timeline} timeline @param {number} epochs */
function wordsFor({ isNow, epoch, moment, now, moments }, epochs) {
  if (!isNow) return { when: moment ? momentOf(moment, epochs) : whenOf(epoch ?? 0, epochs), moment };
  if (moments[0] && moments[0].beta !== null) return { when: "β as it was set", moment: null };
  if (now?.epoch === 0) return { when: whenOf(0, epochs), moment: now };
  return { when: now ? `Now, epoch ${now.epoch} of ${epochs}` : "Now", moment: now };
}

/** @param {Moment} moment */
export function figuresOf({ reconstruction_nats: reconstruction, kl_nats: kl }) {
  if (reconstruction === null || kl === null) return [];
  return [
    { text: `reconstruction ${decimal(reconstruction, 1)}`, kind: "reconstruction" },
    { text: `KL ${decimal(kl, 1)} nats`, kind: "kl" },
  ];
}

/** @param {string} text @param {string} kind */
function figure(text, kind) {
  const span = document.createElement("span");
  span.className = `ls-figure ls-figure-${kind}`;
  span.title = "Held-out images, per image";
  span.textContent = text;
  return span;
}

/** @param {HTMLElement} box @param {string} selector */
const part = (box, selector) => /** @type {HTMLElement} */ (box.querySelector(selector));
