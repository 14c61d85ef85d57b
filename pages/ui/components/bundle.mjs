import { loadPlotly } from "../browser/lib/fetching.mjs";
import { loadRuntime } from "../browser/model/decoder.mjs";

/** Every component, by the name that Python mounts it under: what the bundler starts from (pages/ui/server/bundle.py). */
export { default as drop_zone } from "./drop_zone/drop_zone.mjs";
export { default as latent_canvas } from "./latent_canvas/latent_canvas.mjs";
export { default as lesson_widgets } from "./lesson_widgets/lesson_widgets.mjs";
export { default as linked_maps } from "./linked_maps/linked_maps.mjs";
export { default as live_curves } from "./live_curves/live_curves.mjs";
export { default as mask_brush } from "./mask_brush/mask_brush.mjs";
export { default as run_health } from "./run_health/run_health.mjs";

/** Where a run may be started, its curve should not have to wait for plotly; elsewhere the images come first. */
const PLOTLY_AFTER_MS = 2000;

/** Whoever mounts a canvas asks again, and says what went wrong. */
const ignore = () => undefined;
const assets = new URL("../../", import.meta.url).href;

/** Starts what a canvas will need, on pages with one, while Streamlit is still starting. */
function preload() {
  loadRuntime(assets).catch(ignore);
  if (/\/train\/?$/.test(location.pathname)) setTimeout(() => void loadPlotly(assets).catch(ignore), PLOTLY_AFTER_MS);
}

// Only such pages have this tag (pages/ui/server/html_head.py). Later imports of the address get the same modules.
if (document.querySelector("script[data-preload]")) preload();
