/**
 * Loaded by pages with a canvas themselves, while Streamlit is still starting: by the time it mounts one, the decoder's
 * runtime has started and the modules are here. Later imports of the same address get the same modules. In the bundle
 * other pages load it too; the tag that asks for it stands in those with a canvas alone (pages/ui/server/html_head.py).
 */
import { loadPlotly } from "../browser/lib/fetching.mjs";
import { loadRuntime } from "../browser/model/decoder.mjs";
import "./latent_canvas/latent_canvas.mjs";
import "./live_curves/live_curves.mjs";

/** Where a run may be started, its curve should not have to wait for plotly; elsewhere the images come first. */
const PLOTLY_AFTER_MS = 2000;

/** Whoever mounts a canvas asks again, and says what went wrong. */
const ignore = () => undefined;
const assets = new URL("../../", import.meta.url).href;

/** What a canvas will need. */
function preload() {
  loadRuntime(assets).catch(ignore);
  if (/\/train\/?$/.test(location.pathname)) setTimeout(() => void loadPlotly(assets).catch(ignore), PLOTLY_AFTER_MS);
}

if (document.querySelector("script[data-preload]")) preload();
