/** Where the reader is on the page. */

/** @type {number | null} the lesson whose widgets came up last */
let reading = null;

/**
 * A widget has come up, or speaks another language: mark the lesson's language for screen readers and fonts, and begin
 * another lesson at its top. In the same lesson the place is kept.
 * @param {HTMLElement} root @param {{lesson: number, language: string}} data
 */
export function arrive(root, { lesson, language }) {
  const column = /** @type {HTMLElement | null} */ (root.closest(".st-key-lesson"));
  if (column) column.lang = language;
  if (reading !== lesson) root.closest('[data-testid="stMain"]')?.scrollTo({ top: 0 });
  reading = lesson;
}
