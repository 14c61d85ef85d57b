/**
 * Loaded by the page itself, while Streamlit is still starting: by the time it mounts a canvas, the decoder's runtime
 * has started and the modules are here. Later imports of the same addresses get the same modules.
 */
import { loadRuntime } from "../browser/model/decoder.mjs";
import { loadPlotly } from "../browser/lib/fetching.mjs";

/** Where a run may be started, its curve should not have to wait for plotly; elsewhere the images come first. */
const PLOTLY_AFTER_MS = 2000;

/** Whoever mounts a canvas asks again, and says what went wrong. */
const ignore = () => undefined;
const assets = new URL("../../", import.meta.url).href;

loadRuntime(assets).catch(ignore);
import("./latent_canvas/latent_canvas.mjs").catch(ignore);
if (/\/train\/?$/.test(location.pathname)) {
  import("./live_curves/live_curves.mjs").catch(ignore);
  setTimeout(() => void loadPlotly(assets).catch(ignore), PLOTLY_AFTER_MS);
}
