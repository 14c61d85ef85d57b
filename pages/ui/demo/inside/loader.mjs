import { unpacked } from "./unpacking.mjs";

/**
 * Starts the file: unpacks its scripts and runs them. The policy names each of them by its digest, so that nothing else
 * runs, whatever the file's words are.
 */

/** @param {string} name @returns {Promise<ArrayBuffer>} */
function part(name) {
  const element = document.querySelector(`script[data-part="${CSS.escape(name)}"]`);
  if (!element?.textContent) return Promise.reject(new Error(`no part ${name}`));
  return unpacked(element.textContent);
}

/** @param {string} name */
async function run(name) {
  const script = document.createElement("script");
  script.textContent = new TextDecoder().decode(await part(name));
  document.head.append(script);
}

Object.assign(globalThis, { latentStudio: { part, run } });
run("viewer").catch(() => {
  const problem = /** @type {HTMLElement} */ (document.getElementById("problem"));
  problem.textContent = "This file could not be read: it was cut short, or this browser is older than 2023; copy it again, or try another browser.";
});
