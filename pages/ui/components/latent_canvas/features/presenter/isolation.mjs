/**
 * Put everything on the page but one element out of reach, for keys and screen readers as for the eye.
 * @param {HTMLElement} element
 * @returns {() => void} gives the rest back
 */
export function isolate(element) {
  /** @type {HTMLElement[]} */
  const others = [];
  for (let at = element; at.parentElement && at !== document.body; at = at.parentElement) {
    const siblings = /** @type {HTMLElement[]} */ ([...at.parentElement.children]);
    others.push(...siblings.filter((each) => each !== at && !each.inert));
  }
  for (const other of others) other.inert = true;
  return () => others.forEach((other) => (other.inert = false));
}
