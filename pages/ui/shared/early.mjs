/**
 * Loaded by the page itself, while Streamlit is still starting: by the time it mounts a canvas, the decoder's runtime
 * has started and the modules are here. Later imports of the same addresses get the same modules.
 */
import { loadRuntime } from "../latent_canvas/decoder.mjs";

/** Whoever mounts a canvas asks again, and says what went wrong. */
const ignore = () => undefined;

loadRuntime(new URL("../../", import.meta.url).href).catch(ignore);
import("../latent_canvas/latent_canvas.mjs").catch(ignore);
