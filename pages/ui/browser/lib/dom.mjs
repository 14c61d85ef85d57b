const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, string | number | boolean>} Attributes true: there, false: not */

/**
 * An HTML element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Attributes} [attributes] @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function html(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  dress(element, attributes);
  element.append(...children);
  return element;
}

/**
 * An SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag @param {Attributes} [attributes] @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = /** @type {any} */ (document.createElementNS(SVG, tag));
  dress(element, attributes);
  element.append(...children);
  return element;
}

/** @param {Element} element @param {Attributes} attributes */
export function dress(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * Put everything on the page but one element out of reach, for keys and screen readers as for the eye.
 * @param {HTMLElement} element
 * @returns {() => void} gives the rest back
 */
export function isolate(element) {
  /** @type {HTMLElement[]} */
  const others = [];
  for (let inside = element; inside.parentElement && inside !== document.body; inside = inside.parentElement) {
    const siblings = /** @type {HTMLElement[]} */ ([...inside.parentElement.children]);
    others.push(...siblings.filter((each) => each !== inside && !each.inert));
  }
  for (const other of others) other.inert = true;
  return () => others.forEach((other) => (other.inert = false));
}
