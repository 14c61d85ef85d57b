/**
 * Loaded by the page itself, while Streamlit is still starting: by the time it mounts a canvas, the modules are here,
 * the decoder's runtime has started and plotly is ready. Later imports of the same addresses get the same modules.
 */
import "../latent_canvas/latent_canvas.mjs";
import { loadRuntime } from "../latent_canvas/decoder.mjs";
import { loadPlotly } from "./fetching.mjs";

const assets = new URL("../../", import.meta.url).href;
// Whoever mounts a canvas asks again and says what went wrong.
loadRuntime(assets).catch(() => {});
loadPlotly(assets).catch(() => {});
