import { PLOTLY } from "./contract.mjs";
import { provider } from "./provider.mjs";

/** @import { PlotlyModule } from "./types.mjs" */

/** An error whose message is a sentence for the person at the screen. */
export class Explained extends Error {
  /** @param {string} message @param {number} [status] the HTTP status behind it, if any */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** The sentence to show for any error. @param {unknown} error @param {string} otherwise @returns {string} */
export function sentenceOf(error, otherwise) {
  return error instanceof Explained ? error.message : otherwise;
}

/** Whether an error only says that we ourselves called a request off. @param {unknown} error */
export function isAbort(error) {
  return error instanceof DOMException && error.name === "AbortError";
}

/**
 * Fetch, and turn every failure into an `Explained`; the server's own sentence ({"error": …}) goes before ours.
 * @param {string} url
 * @param {string} what what it is, to begin a sentence with: "The decoder of step 12"
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 */
export async function fetchOrExplain(url, what, signal) {
  let response;
  try {
    response = await (provider()?.answer(url, signal) ?? fetch(url, { signal }));
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Explained(`${what} could not be fetched ${await whyUnanswered()}`);
  }
  if (response.ok) return response;
  throw new Explained(await explanation(response, what), response.status);
}

/** Streamlit's own address, beside every page: nothing takes it for a tracker. */
const HEALTH = "_stcore/health";

/** What stops a request that the server would answer is in the browser. @returns {Promise<string>} */
async function whyUnanswered() {
  const isUp = await fetch(HEALTH, { cache: "no-store" }).then((answer) => answer.ok, () => false);
  if (!isUp) return "because the server does not answer; start it and reload.";
  return "though the server is there: an ad blocker or a privacy extension in this browser may block it; allow this page there and reload.";
}

/** @param {Response} response @param {string} what @returns {Promise<string>} */
async function explanation(response, what) {
  try {
    const { error } = await response.json();
    if (typeof error === "string" && error) return endedByAStop(error);
  } catch {
    // Not our server's JSON: say it ourselves.
  }
  return `${what} could not be fetched (the server answered ${response.status}); reload the page.`;
}

/** @param {string} sentence @returns {string} */
function endedByAStop(sentence) {
  const capital = sentence[0].toUpperCase() + sentence.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** @type {Map<string, Promise<PlotlyModule>>} */
const plotlys = new Map();

/**
 * Plotly, loaded once per page however many components ask.
 * @param {string} assets absolute address of the assets
 * @returns {Promise<PlotlyModule>}
 */
export function loadPlotly(assets) {
  const held = provider();
  if (held) return held.plotly();
  const url = new URL(PLOTLY, assets).href;
  const known = plotlys.get(url);
  if (known) return known;
  const loading = loadScript(url).then(
    () => /** @type {{Plotly: PlotlyModule}} */ (/** @type {unknown} */ (window)).Plotly,
    async () => {
      plotlys.delete(url);
      await fetchOrExplain(url, "The plotting library");
      throw new Explained("The plotting library could not be read; reload the page.");
    },
  );
  plotlys.set(url, loading);
  return loading;
}

/** @param {string} url @returns {Promise<void>} */
function loadScript(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve();
    script.onerror = reject;
    document.head.append(script);
  });
}

/** The assets' absolute address. @param {string} assets as Python gives it @returns {string} */
export const absolute = (assets) => new URL(assets, document.baseURI).href;
