import * as gifenc from "gifenc";
import latentCanvas from "../../components/latent_canvas/latent_canvas.mjs";
import { Explained, isAbort } from "../../browser/lib/fetching.mjs";
import { useProvider } from "../../browser/lib/provider.mjs";
import { HeldRun } from "./held_run.mjs";
import { OwnRuntime } from "./own_runtime.mjs";
import { OwnTraining } from "./own_training.mjs";

/** @import { CanvasData } from "../../browser/lib/contract.mjs" */
/** @import { Facts } from "./held_run.mjs" */

/**
 * Who answers for a run in the file: the one that was exported.
 * @typedef {{answer: (path: string, query: URLSearchParams) => Promise<BodyInit>}} Answering
 */

/** What the loader has left. @type {{part: (name: string) => Promise<ArrayBuffer>, run: (name: string) => Promise<void>}} */
const loader = /** @type {any} */ (globalThis).latentStudio;
const ownRuntime = new OwnRuntime();
/** @type {Promise<any> | null} */
let plotly = null;

/** @type {Record<string, Answering>} by the beginning of their addresses */
const runs = {};

/** As a server would: what it has to say of a mistake as JSON. @param {string} url @param {AbortSignal} [signal] */
async function answer(url, signal) {
  const [path, query = ""] = url.split("?");
  const [run, ...rest] = path.split("/");
  try {
    const body = await runs[run].answer(rest.join("/"), new URLSearchParams(query));
    if (signal?.aborted) throw new DOMException("called off", "AbortError");
    return new Response(body);
  } catch (error) {
    if (isAbort(error)) throw error;
    const sentence = error instanceof Explained ? error.message : "This part of the file could not be read; copy the file again.";
    return new Response(JSON.stringify({ error: sentence }), { status: 404 });
  }
}

useProvider({
  answer,
  plotly: () => (plotly ??= loader.run("plotly").then(() => /** @type {any} */ (globalThis).Plotly)),
  runtime: async () => ownRuntime.runtime,
  gifenc: async () => gifenc,
});

/** A component's HTML, put up anew. @param {string} place its id @param {string} name @returns {HTMLElement} */
function putUp(place, name) {
  const box = /** @type {HTMLElement} */ (document.getElementById(place));
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("components"));
  const part = /** @type {HTMLElement} */ (template.content.querySelector(`.ls-${name}`));
  box.replaceChildren(document.importNode(part, true));
  return box;
}

/** A notebook, in a frame of which the file may stand, hears where the handles are. @param {string} name @param {unknown} value */
function report(name, value) {
  if (parent !== window) parent.postMessage({ latentStudio: { [name]: value } }, "*");
}

/** The run that the file was made of. @param {CanvasData} data @returns {() => void} takes it down */
function showHeld(data) {
  const parentElement = putUp("canvas", "canvas");
  const draw = () => latentCanvas({ data: { ...data }, parentElement, setStateValue: report, setTriggerValue: () => undefined });
  const themes = matchMedia("(prefers-color-scheme: dark)");
  let takeDown = draw();
  const redraw = () => void (takeDown = draw());
  themes.addEventListener("change", redraw);
  return () => {
    themes.removeEventListener("change", redraw);
    takeDown();
  };
}

async function start() {
  /** @type {Facts} */
  const facts = JSON.parse(new TextDecoder().decode(await loader.part("facts")));
  runs.inside = new HeldRun(facts, loader.part, ownRuntime);
  let stop = showHeld(facts.data);
  if (facts.learning) {
    const answerBy = (/** @type {Answering} */ run) => {
      stop();
      runs.trained = run;
    };
    new OwnTraining({ ...facts, learning: facts.learning }, loader.part, ownRuntime, { putUp, answerBy, showHeld: () => (stop = showHeld(facts.data)) });
  }
}

void start();
