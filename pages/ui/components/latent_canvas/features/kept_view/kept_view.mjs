import { viewText } from "../../../../browser/maths/coordinates.mjs";

/** @import { CanvasData } from "../../../../browser/lib/contract.mjs" */
/** @import { HandleSet } from "../../shared/handle_set.mjs" */
/** @import { View } from "../../../../browser/maths/coordinates.mjs" */
/** @import { Feature, FeatureEvents } from "../../features.mjs" */
/** @import { CanvasDom } from "../../../../browser/map/canvas_dom.mjs" */

/** A wheel turns in many steps; the address need not follow each of them. */
const REST_MS = 400;

/** Keeps the part of the map that somebody has zoomed to in the address. @implements {Feature} */
export class KeptView {
  /**
   * @param {CanvasDom} _dom @param {CanvasData} data @param {HandleSet} _handleSet
   * @param {{map: Pick<FeatureEvents["map"], "wasZoomed">, onChoose: () => void}} events
   */
  constructor(_dom, { options: { view = "" } }, _handleSet, events) {
    this.events = events;
    this.kept = view;
    this.timer = 0;
  }

  /** @param {View} view */
  onView(view) {
    const text = this.events.map.wasZoomed ? viewText(view) : "";
    if (text === this.kept) return;
    this.kept = text;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.events.onChoose(), REST_MS);
  }

  options() {
    return { view: this.kept };
  }

  destroy() {
    clearTimeout(this.timer);
  }
}

/** What is kept of one map and means something on every other, too: classes, but no places. @param {Record<string, string>} options */
export function withoutPositions(options) {
  const { arrow = "" } = options;
  return { ...options, view: "", arrow: arrow.includes(",") ? "" : arrow };
}
