import { GIFENC } from "../../../../browser/lib/contract.mjs";
import { FilmStrip } from "./film_strip.mjs";
import { pathOf } from "../../shared/options.mjs";
import { project } from "../../../../browser/model/plane.mjs";
import { toPixels } from "../../../../browser/maths/coordinates.mjs";
import { Layer } from "../../../../browser/map/layer.mjs";

/** @import { CanvasData, Shown } from "../../../../browser/lib/contract.mjs" */
/** @import { Point } from "../../../../browser/lib/types.mjs" */
/** @import { Theme } from "../../../../browser/lib/theme.mjs" */
/** @import { HandleSet } from "../../shared/handle_set.mjs" */
/** @import { View } from "../../../../browser/maths/coordinates.mjs" */
/** @import { Feature, FeatureEvents } from "../../features.mjs" */
/** @import { CanvasDom } from "../../../../browser/map/canvas_dom.mjs" */

/** A path through the handles on the map, and its film under it. @implements {Feature} */
export class PathFilm {
  /** @param {CanvasDom} dom @param {CanvasData} data @param {HandleSet} handleSet @param {FeatureEvents} events */
  constructor(dom, data, handleSet, events) {
    this.events = events;
    this.path = new PathCanvas(dom.layer("path", "above"));
    const what = { shape: data.imageShape, gifenc: new URL(`${data.assets}${GIFENC}`, document.baseURI).href, name: "path" };
    this.film = new FilmStrip(dom.film, what, handleSet.decoding, {
      points: () => handleSet.members.map(({ z }) => z),
      onPath: (path) => this.#lay(path),
      onFrame: (frame) => this.path.mark(frame),
      onChoose: (kind) => events.choose(kind, true),
      onError: events.onError,
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
  onView(view, size) {
    this.path.setView(view, size);
  }

  useDecoder() {
    this.film.redecode();
    this.film.onRest();
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

  onMove() {
    this.film.onMove();
  }

  onRest() {
    this.film.onRest();
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

const LINE_PX = 2;
const FRAME_PX = 2.5;
const NOW_PX = 6;

/** The path between the handles, its frames, and the one that is shown now. */
class PathCanvas extends Layer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    super(canvas);
    /** @type {Point[]} */
    this.places = [];
    this.now = -1;
    this.colors = { accent: "", ground: "" };
  }

  /** @param {{accent: string, ground: string}} colors */
  dress(colors) {
    this.colors = colors;
    this.draw();
  }

  /** @param {Point[]} places of the frames on the map, [] for no path */
  show(places) {
    this.places = places;
    this.draw();
  }

  /** @param {number} frame that is shown now, −1 for none */
  mark(frame) {
    this.now = frame;
    this.draw();
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {number} ratio */
  paint(context, view, ratio) {
    const { places, colors } = this;
    if (places.length < 2) return;
    const pixels = places.map((place) => toPixels(view, place));
    line(context, pixels, colors.ground, (2 * LINE_PX + 1) * ratio); // a halo, so that it reads on any class
    line(context, pixels, colors.accent, LINE_PX * ratio);
    for (const pixel of pixels) dot(context, pixel, FRAME_PX * ratio, colors.accent);
    if (!pixels[this.now]) return;
    dot(context, pixels[this.now], (NOW_PX + 2) * ratio, colors.ground);
    dot(context, pixels[this.now], NOW_PX * ratio, colors.accent);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Point[]} pixels @param {string} color @param {number} width */
function line(context, pixels, color, width) {
  context.beginPath();
  pixels.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
  Object.assign(context, { strokeStyle: color, lineWidth: width, lineJoin: "round" });
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Point} position @param {number} radius @param {string} color */
function dot(context, [x, y], radius, color) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
}
