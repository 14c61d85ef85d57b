import { decimal } from "../lib/format.mjs";
import { listen } from "../lib/pointer.mjs";

/** @import { Point } from "../lib/types.mjs" */

const STEP = 0.05;
const FAR = 0.5;
const SETTLE_MS = 400;

/** @type {Record<string, Point>} */
const DIRECTIONS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  Home: [-1, 0],
  End: [1, 0],
  PageUp: [0, 1],
  PageDown: [0, -1],
};

/**
 * How far a key moves a handle, in units of z: arrows a step, with Shift or by Page, Home and End ten.
 * @param {{key: string, shiftKey: boolean}} event
 * @returns {Point | null} null for every other key
 */
export function keyMove({ key, shiftKey }) {
  const direction = DIRECTIONS[key];
  if (!direction) return null;
  const size = shiftKey || !key.startsWith("Arrow") ? FAR : STEP;
  return [direction[0] * size, direction[1] * size];
}

/**
 * Two native range inputs that act as one 2-D slider. Only one of them is a tab stop at a time.
 *
 * @param {HTMLInputElement[]} inputs for the first and the second shown dimension
 * @param {object} slider
 * @param {(axis: number) => string} slider.label
 * @param {() => string[]} slider.names of the map's axes, which may change
 * @param {(change: Point) => void} slider.nudge
 * @param {() => void} slider.settle some time after the last key, or when focus leaves
 * @returns {{show: (z: Point, reach: number) => void, stop: () => void}}
 */
export function slider2d(inputs, { label, names, nudge, settle }) {
  /** @type {Point} */
  let current = [0, 0];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const settleNow = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    settle();
  };
  /** @param {Point} change */
  const changeBy = (change) => {
    nudge(change);
    clearTimeout(timer);
    timer = setTimeout(settleNow, SETTLE_MS);
  };
  /** @param {KeyboardEvent} event */
  const keydown = (event) => {
    const change = event.altKey || event.ctrlKey || event.metaKey ? null : keyMove(event);
    if (!change) return;
    event.preventDefault();
    focusAxis(inputs, change[0] ? 0 : 1);
    changeBy(change);
  };
  /** @param {FocusEvent} event */
  const blur = ({ relatedTarget }) => {
    if (!inputs.some((element) => element === relatedTarget)) settleNow();
  };
  // Screen readers may set a range input's value by themselves, without any key.
  const input = () => changeBy([Number(inputs[0].value) - current[0], Number(inputs[1].value) - current[1]]);
  const stops = inputs.map((element, axis) => {
    element.tabIndex = axis === 0 ? 0 : -1;
    return listen(element, { keydown, input, blur });
  });
  return {
    show(z, reach) {
      current = z;
      inputs.forEach((element, axis) => element.setAttribute("aria-label", label(axis)));
      const text = names().map((name, axis) => `${name} ${decimal(z[axis], 2)}`).join(", ");
      inputs.forEach((element, axis) => showValue(element, z[axis], reach, text));
    },
    stop() {
      clearTimeout(timer);
      stops.forEach((stop) => stop());
    },
  };
}

/** @param {HTMLInputElement} element @param {number} value @param {number} reach @param {string} text */
function showValue(element, value, reach, text) {
  element.min = String(-Math.max(reach, Math.abs(value)));
  element.max = String(Math.max(reach, Math.abs(value)));
  element.step = "any";
  element.value = String(value);
  element.setAttribute("aria-valuetext", text);
}

/** The input of the axis that moves takes the focus, so that the change is announced under its name. */
function focusAxis(/** @type {HTMLInputElement[]} */ inputs, /** @type {number} */ axis) {
  inputs[axis].tabIndex = 0;
  inputs[axis].focus({ preventScroll: true });
  inputs[1 - axis].tabIndex = -1;
}
