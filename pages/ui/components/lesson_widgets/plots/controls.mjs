import { decimal } from "../../../browser/lib/format.mjs";
import { dress, html } from "../../../browser/lib/dom.mjs";

/** What a person sets a widget with, and the numbers that it answers with. */

/** @import { Panel } from "../panel.mjs" */

/**
 * A slider for one number of the state; its name in the state is the one of its words.
 * @template {Record<string, any>} S
 * @param {Panel<S>} panel @param {string} name
 * @param {{min: number, max: number, step?: number, digits?: number, isLog?: boolean, said?: (value: number) => string}} range
 * isLog: even steps multiply. said: a value in words, by default with so many digits
 */
export function slider(panel, name, { min, max, step = 0.01, digits = 2, isLog = false, said = (value) => decimal(value, digits) }) {
  /** @param {number} value */
  const toInput = (value) => (isLog ? Math.log10(value) : value);
  const help = panel.text(`${name}-help`);
  const label = panel.text(name);
  const value = html("output", { class: "ls-number" });
  const input = html("input", {
    type: "range", min: toInput(min), max: toInput(max), step: isLog ? "any" : step, "aria-label": label, title: help,
    "aria-description": help, "data-testid": panel.hook(name),
  });
  input.addEventListener("input", () => {
    const given = isLog ? 10 ** Number(input.value) : Number(input.value);
    panel.set(/** @type {Partial<S>} */ ({ [name]: Number(given.toFixed(digits + 2)) }));
  });
  panel.followers.push(() => {
    const text = said(panel.state[name]);
    if (Number(input.value) !== toInput(panel.state[name])) input.value = String(toInput(panel.state[name]));
    dress(input, { "aria-valuetext": text });
    value.textContent = text;
  });
  if (isLog) arrowsMultiply(input);
  return html("label", { class: "ls-slider-row", title: help }, html("span", {}, label), input, value);
}

/** With step "any" a browser's arrow keys go by a hundredth of the range in some, by 1 in others. @param {HTMLInputElement} input */
function arrowsMultiply(input) {
  input.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const size = (Number(input.max) - Number(input.min)) / 50;
    input.value = String(Number(input.value) + way * size);
    input.dispatchEvent(new Event("input"));
  });
}

/**
 * @param {Panel<any>} panel @param {string} name @param {() => void} action
 */
export function button(panel, name, action) {
  const help = panel.text(`${name}-help`);
  const element = html(
    "button",
    { type: "button", class: "ls-button", title: help, "aria-description": help, "data-testid": panel.hook(name) },
    panel.text(name),
  );
  element.addEventListener("click", action);
  return element;
}

/**
 * One of a few values of the state; the words of value v are "<name>-v".
 * @template {Record<string, any>} S
 * @param {Panel<S>} panel @param {string} name @param {readonly string[]} values
 */
export function choice(panel, name, values) {
  const help = panel.text(`${name}-help`);
  const buttons = values.map((value) => {
    const element = html(
      "button", { type: "button", class: "ls-button", "data-testid": panel.hook(`${name}-${value}`) },
      panel.text(`${name}-${value}`),
    );
    element.addEventListener("click", () => panel.set(/** @type {Partial<S>} */ ({ [name]: value })));
    return element;
  });
  panel.followers.push(() => buttons.forEach((element, index) =>
    dress(element, { "aria-pressed": String(panel.state[name] === values[index]) })));
  const label = panel.text(name);
  return html("div", { class: "ls-choice", role: "group", "aria-label": label, title: help }, html("span", {}, label), ...buttons);
}

/**
 * A number that the widget computes: its words, and itself in full under `data-value`.
 * @param {Panel<any>} panel @param {string} name @param {{digits?: number, kind?: string}} [look] kind: its colour
 * @returns {{element: HTMLElement, show: (value: number) => void}}
 */
export function number(panel, name, { digits = 3, kind = "" } = {}) {
  const value = html("dd", { class: "ls-number", "data-testid": panel.hook(name) });
  const element = html("div", { class: kind ? `ls-fact ls-is-${kind}` : "ls-fact" }, html("dt", {}, panel.text(name)), value);
  return {
    element,
    show(number) {
      value.dataset.value = String(number);
      value.textContent = decimal(number, digits);
    },
  };
}

/** Numbers under each other, for screen readers a list. @param {...{element: HTMLElement}} numbers */
export const facts = (...numbers) => html("dl", { class: "ls-facts-list" }, ...numbers.map(({ element }) => element));

/** What may be wider than a phone, in a frame that scrolls by itself, also by keyboard. @param {string} label
 *  @param {HTMLElement} element */
export const scrolling = (label, element) =>
  html("div", { class: "ls-scroll", tabindex: 0, role: "region", "aria-label": label }, element);
