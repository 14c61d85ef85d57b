/** @import { PlotlyModule } from "./types.mjs" */

/**
 * Who answers in place of a server, where a page holds all by itself.
 * @typedef {object} Provider
 * @property {(url: string, signal?: AbortSignal) => Promise<Response>} answer as `fetch` does
 * @property {() => Promise<PlotlyModule>} plotly
 * @property {() => Promise<any>} runtime what decodes and encodes
 * @property {() => Promise<any>} gifenc
 */

/** @type {Provider | null} */
let current = null;

/** From now on this one is asked, and no server. @param {Provider} provider */
export function useProvider(provider) {
  current = provider;
}

/** Null where there is a server to ask. */
export const provider = () => current;
