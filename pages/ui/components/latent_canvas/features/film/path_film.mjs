import { FilmStrip } from "./film_strip.mjs";
import { pathOf } from "../../shared/options.mjs";
import { PathCanvas } from "../../../../browser/map/layers/path_canvas.mjs";
import { project } from "../../../../browser/model/plane.mjs";

/** @import { CanvasData } from "../../../../browser/lib/types.mjs" */
/** @import { Theme } from "../../../../browser/lib/theme.mjs" */
/** @import { Cast } from "../../shared/handle_set.mjs" */
/** @import { View } from "../../../../browser/maths/coordinates.mjs" */
/** @import { Feature, FeatureEvents } from "../../features.mjs" */
/** @import { Shown } from "../../shared/options.mjs" */
/** @import { Stage } from "../../../../browser/map/canvas_dom.mjs" */

/** A path through the handles on the map, and its film under it. @implements {Feature} */
export class PathFilm {
  /** @param {Stage} stage @param {CanvasData} data @param {Cast} cast @param {FeatureEvents} events */
  constructor(stage, data, cast, events) {
    this.events = events;
    this.path = new PathCanvas(stage.layer("path", "above"));
    const what = { shape: data.imageShape, gifenc: new URL(`${data.assets}gifenc.mjs`, document.baseURI).href, name: "path" };
    this.film = new FilmStrip(stage.film, what, cast.decoding, {
      points: () => cast.members.map(({ z }) => z),
      laid: (path) => this.#lay(path),
      shown: (frame) => this.path.mark(frame),
      chosen: (kind) => events.choose(kind, true),
      failed: events.failed,
    });
  }

  /** @param {readonly Shown[]} shown */
  show(shown) {
    const kind = pathOf(shown);
    if (kind !== this.film.kind) this.film.use(kind);
  }

  /** @param {boolean} isOn */
  play(isOn) {
    if (this.film.kind) this.film.play(isOn);
  }

  /** @param {View} view @param {[number, number]} size */
  look(view, size) {
    this.path.look(view, size);
  }

  useDecoder() {
    this.film.redecode();
    this.film.rested();
  }

  /** The plane may have turned; the path itself knows nothing of the points. */
  usePoints() {
    this.#lay(this.film.path);
  }

  /** A layout has no places between its points for the line. @param {Float64Array[]} path */
  #lay(path) {
    const plane = this.events.plane();
    this.path.show(plane.points ? [] : path.map((z) => project(plane, z)));
  }

  moved() {
    this.film.moved();
  }

  rested() {
    this.film.rested();
  }

  /** @param {Theme} theme */
  dress({ accent, ground }) {
    this.path.dress({ accent, ground });
  }

  destroy() {
    this.film.destroy();
    this.path.destroy();
  }
}
