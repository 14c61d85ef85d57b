import { listen } from "../../../browser/lib/pointer.mjs";

/** @import { Shown } from "../../../browser/lib/contract.mjs" */

/** Of each of these at most one is shown. @type {Shown[][]} */
const EITHER = [["holes", "stretch"], ["straight", "spherical", "geodesic"]];

/** What a path may follow. */
export const PATHS = /** @type {const} */ (["straight", "spherical", "geodesic"]);

/**
 * What is shown once one thing more, or less, is.
 * @param {readonly Shown[]} shown @param {Shown} what @param {boolean} isOn
 * @returns {Shown[]}
 */
export function switched(shown, what, isOn) {
  const rivals = EITHER.find((group) => group.includes(what)) ?? [what];
  const others = shown.filter((each) => !rivals.includes(each));
  return isOn ? [...others, what] : others;
}

/** The path that is shown, if one is. @param {readonly Shown[]} shown */
export const pathOf = (shown) => PATHS.find((each) => shown.includes(each)) ?? null;

/** @param {readonly Shown[]} shown @returns {"off" | "holes" | "stretch"} */
export const regionsOf = (shown) => (shown.includes("holes") ? "holes" : shown.includes("stretch") ? "stretch" : "off");

/** What needs a plane in latent space, and so has no place between the points of a layout. @type {readonly Shown[]} */
const NEED_A_PLANE = ["lattice", "holes", "stretch"];

/** The switches on the map: what is shown besides the points. */
export class Options {
  /**
   * @param {HTMLElement} box with a button [data-show] for each
   * @param {Shown[]} shown @param {() => void} onChange @param {boolean} [hasPlane]
   */
  constructor(box, shown, onChange, hasPlane = true) {
    this.shown = shown;
    this.onChange = onChange;
    this.hasPlane = hasPlane;
    this.buttons = [.../** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll("[data-show]"))];
    this.stops = this.buttons.map((button) => listen(button, { click: () => this.#toggle(whatOf(button)) }));
    this.#show();
  }

  /** What is shown of what is switched on; the rest waits for a plane. */
  get visible() {
    return this.hasPlane ? this.shown : this.shown.filter((each) => !NEED_A_PLANE.includes(each));
  }

  /** @param {Shown} what */
  #toggle(what) {
    const isPath = what === "straight";
    this.set(what, isPath ? !pathOf(this.shown) : !this.shown.includes(what));
  }

  /** These and no others. @param {readonly Shown[]} shown */
  use(shown) {
    this.shown = [...shown];
    this.#show();
    this.onChange();
  }

  /** @param {Shown} what @param {boolean} isOn */
  set(what, isOn) {
    this.shown = switched(this.shown, what, isOn);
    this.#show();
    this.onChange();
  }

  #show() {
    for (const button of this.buttons) {
      const what = whatOf(button);
      const isOn = what === "straight" ? pathOf(this.shown) !== null : this.shown.includes(what);
      button.setAttribute("aria-pressed", String(isOn));
      /** @type {HTMLButtonElement} */ (button).disabled = !this.hasPlane && NEED_A_PLANE.includes(what);
    }
  }

  destroy() {
    for (const stop of this.stops) stop();
  }
}

/** @param {HTMLElement} button */
const whatOf = (button) => /** @type {Shown} */ (button.dataset.show);
