import { decimal } from "../../../browser/lib/format.mjs";
import { dress, html } from "../../../browser/lib/dom.mjs";

/** What a person sets a widget with, and the numbers that it answers with. */

/** @import { Stage } from "../stage.mjs" */

/**
 * A slider for one number of the state; its name in the state is the one of its words.
 * @template {Record<string, any>} S
 * @param {Stage<S>} stage @param {string} name
 * @param {{min: number, max: number, step?: number, digits?: number, isLog?: boolean, said?: (value: number) => string}} range
 * isLog: even steps multiply. said: a value in words, by default with so many digits
 */
export function slider(stage, name, { min, max, step = 0.01, digits = 2, isLog = false, said = (value) => decimal(value, digits) }) {
  /** @param {number} value */
  const toInput = (value) => (isLog ? Math.log10(value) : value);
  const help = stage.text(`${name}-help`);
  const label = stage.text(name);
  const value = html("output", { class: "ls-number" });
  const input = html("input", {
    type: "range", min: toInput(min), max: toInput(max), step: isLog ? "any" : step, "aria-label": label, title: help,
    "aria-description": help, "data-testid": stage.hook(name),
  });
  input.addEventListener("input", () => {
    const given = isLog ? 10 ** Number(input.value) : Number(input.value);
    stage.set(/** @type {Partial<S>} */ ({ [name]: Number(given.toFixed(digits + 2)) }));
  });
  stage.followers.push(() => {
    const text = said(stage.state[name]);
    if (Number(input.value) !== toInput(stage.state[name])) input.value = String(toInput(stage.state[name]));
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
 * @param {Stage<any>} stage @param {string} name @param {() => void} action
 */
export function button(stage, name, action) {
  const help = stage.text(`${name}-help`);
  const element = html(
    "button",
    { type: "button", class: "ls-button", title: help, "aria-description": help, "data-testid": stage.hook(name) },
    stage.text(name),
  );
  element.addEventListener("click", action);
  return element;
}

/**
 * One of a few values of the state; the words of value v are "<name>-v".
 * @template {Record<string, any>} S
 * @param {Stage<S>} stage @param {string} name @param {readonly string[]} values
 */
export function choice(stage, name, values) {
  const help = stage.text(`${name}-help`);
  const buttons = values.map((value) => {
    const element = html(
      "button", { type: "button", class: "ls-button", "data-testid": stage.hook(`${name}-${value}`) },
      stage.text(`${name}-${value}`),
    );
    element.addEventListener("click", () => stage.set(/** @type {Partial<S>} */ ({ [name]: value })));
    return element;
  });
  stage.followers.push(() => buttons.forEach((element, at) =>
    dress(element, { "aria-pressed": String(stage.state[name] === values[at]) })));
  const label = stage.text(name);
  return html("div", { class: "ls-choice", role: "group", "aria-label": label, title: help }, html("span", {}, label), ...buttons);
}

/**
 * A number that the widget computes: its words, and itself in full under `data-value`.
 * @param {Stage<any>} stage @param {string} name @param {{digits?: number, kind?: string}} [look] kind: its colour
 * @returns {{element: HTMLElement, show: (value: number) => void}}
 */
export function number(stage, name, { digits = 3, kind = "" } = {}) {
  const value = html("dd", { class: "ls-number", "data-testid": stage.hook(name) });
  const element = html("div", { class: kind ? `ls-fact ls-is-${kind}` : "ls-fact" }, html("dt", {}, stage.text(name)), value);
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
