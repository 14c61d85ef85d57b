/** Which key does what in presenter's mode, and which keys belong to what has the focus. */

/** @typedef {"enter" | "leave" | "next" | "previous" | "first" | "last" | "play" | "captions"} Action */

/** @type {Record<string, Action>} a clicker sends the page keys */
const PRESENTING = {
  Escape: "leave",
  p: "leave",
  PageDown: "next",
  PageUp: "previous",
  ArrowRight: "next",
  ArrowLeft: "previous",
  ArrowDown: "next",
  ArrowUp: "previous",
  Home: "first",
  End: "last",
  " ": "play",
  c: "captions",
};

const TEXT_TYPES = /^(text|search|number|email|url|tel|password|date|time)$/;
const OF_SLIDERS = /^(Arrow|Home|End)/;

/** @typedef {Pick<HTMLElement, "tagName"> & {type?: string, isContentEditable?: boolean}} Focused */

/**
 * What a key asks for, null for what is none of ours.
 * @param {Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey">} event
 * @param {Focused | null} focused
 * @param {{isPresenting: boolean, isByKeyboard: boolean}} mode isByKeyboard: the focus was moved there by a key, and not
 *   by the hand that has dragged or pressed it and now holds a clicker
 * @returns {Action | null}
 */
export function actionOf({ key, altKey, ctrlKey, metaKey }, focused, { isPresenting, isByKeyboard }) {
  if (altKey || ctrlKey || metaKey || isTyping(focused)) return null;
  const name = key.length === 1 ? key.toLowerCase() : key;
  if (!isPresenting) return name === "p" ? "enter" : null;
  if (isByKeyboard && takes(focused, name)) return null;
  return PRESENTING[name] ?? null;
}

/** @param {Focused | null} focused */
export function isTyping(focused) {
  if (!focused) return false;
  const { tagName, type = "text", isContentEditable = false } = focused;
  return isContentEditable || tagName === "TEXTAREA" || (tagName === "INPUT" && TEXT_TYPES.test(type));
}

/** Whether a control has a use of its own for a key. @param {Focused | null} focused @param {string} name of the key */
function takes(focused, name) {
  if (focused?.tagName === "SELECT") return OF_SLIDERS.test(name) || name === " ";
  if (focused?.tagName === "INPUT") return OF_SLIDERS.test(name);
  return name === " " && (focused?.tagName === "BUTTON" || focused?.tagName === "SUMMARY");
}
