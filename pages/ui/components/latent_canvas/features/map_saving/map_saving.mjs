import { find } from "../../../../browser/map/canvas_dom.mjs";
import { listen } from "../../../../browser/lib/pointer.mjs";
import { download } from "../../../../browser/media/film.mjs";
import { expectHonestCanvas } from "../../../../browser/media/read_back.mjs";
import { toPng } from "../../../../browser/map/picture.mjs";

/** @import { CanvasData } from "../../../../browser/lib/contract.mjs" */
/** @import { HandleSet } from "../../shared/handle_set.mjs" */
/** @import { LatentMap } from "../../../../browser/map/map.mjs" */
/** @import { Feature } from "../../features.mjs" */
/** @import { CanvasDom } from "../../../../browser/map/canvas_dom.mjs" */

/** Pixels of the picture to one of the map: for a slide or a page. */
const RATIO = 2;

/** Saves the map as it is seen, points and handles included, as PNG or SVG. @implements {Feature} */
export class MapSaving {
  /**
   * @param {CanvasDom} dom @param {CanvasData} _data @param {HandleSet} _handleSet
   * @param {{map: Pick<LatentMap, "asSvg" | "size">, onError: (error: unknown) => void}} events
   */
  constructor(dom, _data, _handleSet, events) {
    this.events = events;
    this.menu = /** @type {HTMLDetailsElement} */ (find(dom.root, ".ls-save"));
    const buttons = [.../** @type {NodeListOf<HTMLElement>} */ (this.menu.querySelectorAll("[data-picture]"))];
    this.stops = [
      ...buttons.map((button) => listen(button, { click: () => void this.#save(button.dataset.picture === "svg") })),
      listen(this.menu, {
        focusout: ({ relatedTarget }) => this.menu.contains(/** @type {Node | null} */ (relatedTarget)) || this.#close(),
        keydown: (/** @type {KeyboardEvent} */ { key }) => key === "Escape" && this.#close(),
      }),
    ];
  }

  #close() {
    this.menu.open = false;
  }

  /** @param {boolean} isSvg */
  async #save(isSvg) {
    this.#close();
    const { map, onError } = this.events;
    try {
      await expectHonestCanvas();
      const svg = await map.asSvg(RATIO);
      if (svg === null) return; // there are no axes yet
      const file = isSvg ? new Blob([svg], { type: "image/svg+xml" }) : await toPng(svg, map.size, RATIO);
      download(file, isSvg ? "map.svg" : "map.png");
    } catch (error) {
      onError(error);
    }
  }

  destroy() {
    for (const stop of this.stops) stop();
    this.#close();
  }
}
