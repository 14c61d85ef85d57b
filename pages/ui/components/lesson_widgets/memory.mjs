/** What a person has set on a widget, kept for the visit: over a change of language or lesson, and a reload. */

/**
 * @typedef {object} Memory
 * @property {<S extends Record<string, any>>(start: S) => Partial<S>} state what was kept, as far as it fits the start
 * @property {(state: object) => void} keep
 * @property {() => boolean} isDone
 * @property {() => void} finish
 */

/** @param {string} name of the widget @param {Storage} storage @returns {Memory} */
export function remembering(name, storage) {
  const key = `latent-studio.lesson.${name}`;
  /** @param {string} at */
  const read = (at) => {
    try {
      return JSON.parse(storage.getItem(at) ?? "null");
    } catch {
      return null; // somebody else's, or storage is forbidden
    }
  };
  /** @param {string} at @param {unknown} value */
  const write = (at, value) => {
    try {
      storage.setItem(at, JSON.stringify(value));
    } catch {
      // A full or forbidden storage only means that a reload begins afresh.
    }
  };
  return {
    state: (start) => fitting(read(key), start),
    keep: (state) => write(key, state),
    isDone: () => read(`${key}.done`) === true,
    finish: () => write(`${key}.done`, true),
  };
}

/** Where there is no storage. @returns {Memory} */
export const forgetful = () => ({ state: () => ({}), keep: () => {}, isDone: () => false, finish: () => {} });

/**
 * The entries of a kept state that the widget still knows and that are of the same kind.
 * @template {Record<string, any>} S @param {unknown} kept @param {S} start @returns {Partial<S>}
 */
function fitting(kept, start) {
  if (typeof kept !== "object" || kept === null) return {};
  const known = Object.entries(kept).filter(([name, value]) => Object.hasOwn(start, name) && isLike(value, start[name]));
  return /** @type {Partial<S>} */ (Object.fromEntries(known));
}

/** @param {any} value @param {any} like @returns {boolean} */
function isLike(value, like) {
  if (Array.isArray(like)) {
    return Array.isArray(value) && value.length === like.length && value.every((each, at) => isLike(each, like[at]));
  }
  return typeof value === typeof like && (typeof value !== "number" || Number.isFinite(value));
}
