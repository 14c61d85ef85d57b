/** Every component, by the name that Python mounts it under: what the bundler starts from (pages/ui/server/bundle.py). */
import "./preload.mjs";
export { default as latent_canvas } from "./latent_canvas/latent_canvas.mjs";
export { default as lesson_widgets } from "./lesson_widgets/lesson_widgets.mjs";
export { default as linked_maps } from "./linked_maps/linked_maps.mjs";
export { default as live_curves } from "./live_curves/live_curves.mjs";
export { default as run_health } from "./run_health/run_health.mjs";
