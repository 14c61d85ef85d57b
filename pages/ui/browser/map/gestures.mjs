import { isInside, toLatent } from "../maths/coordinates.mjs";
import { listen, tappable } from "../lib/pointer.mjs";

/** @import { Point } from "../lib/types.mjs" */
/** @import { LatentMap } from "./map.mjs" */

const CLOSER = 0.6;

/**
 * What can be done to the map itself: the zoom buttons, and a click or tap on a place.
 * @param {{zoomButtons: HTMLElement[], map: {box: HTMLElement, plot: HTMLElement}}} stage @param {LatentMap} map
 * @param {(z: Point, timeStamp: number) => void} tapped
 * @returns {(() => void)[]} each stops listening to something
 */
export function mapGestures(stage, map, tapped) {
  /** @type {Record<string, () => void>} */
  const zooms = {
    in: () => void map.zoom(CLOSER),
    out: () => void map.zoom(1 / CLOSER),
    fit: () => void map.fit(),
  };
  const { box, plot } = stage.map;
  const buttons = stage.zoomButtons.map((button) => listen(button, { click: zooms[button.dataset.zoom ?? "fit"] }));
  const taps = tappable(plot, (event) => {
    const { left, top } = box.getBoundingClientRect();
    const pixels = [event.clientX - left, event.clientY - top];
    if (isInside(map.view, pixels)) tapped(toLatent(map.view, pixels), event.timeStamp);
  });
  return [...buttons, taps];
}
