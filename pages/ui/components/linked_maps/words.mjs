/** What the maps say and tell screen readers: in English, unless a lesson brings the words of its language. */

const ENGLISH = {
  cursor: "Cursor on {title}",
  decoded: "Image decoded by {title}",
  number: "Held-out image {image}, {label}",
};

/** @typedef {(name: keyof typeof ENGLISH, values: Record<string, string | number>) => string} Word a sentence, filled in */

/** @param {Record<string, string>} words by their names here and in the HTML @returns {Word} */
export const wordsIn = (words) => (name, values) =>
  (words[name] ?? ENGLISH[name]).replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));

/**
 * Put words in place of the HTML's own, which are English: `data-word` names those of an element's label and title,
 * `data-role-word` that of what kind of control it is.
 * @param {ParentNode} root @param {Record<string, string>} words
 */
export function label(root, words) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-word], [data-role-word]"))) {
    const { word = "", roleWord = "" } = element.dataset;
    for (const name of ["aria-label", "title"]) if (words[word] && element.hasAttribute(name)) element.setAttribute(name, words[word]);
    if (words[roleWord]) element.setAttribute("aria-roledescription", words[roleWord]);
  }
}
