import { FilmStrip } from "./film_strip.mjs";
import { MapLayers } from "./map_layers.mjs";
import { Options, pathOf } from "./options.mjs";
import { PathCanvas } from "./path_canvas.mjs";
import { project } from "./plane.mjs";

/** @import { CanvasData } from "../shared/types.mjs" */
/** @import { Theme } from "../shared/theme.mjs" */
/** @import { Cast } from "./cast.mjs" */
/** @import { View } from "./coordinates.mjs" */
/** @import { Decoder } from "./decoder.mjs" */
/** @import { Embedding } from "./embedding.mjs" */
/** @import { Shown } from "./options.mjs" */
/** @import { Plane } from "./plane.mjs" */
/** @import { Stage } from "./stage.mjs" */

/**
 * @typedef {object} ExtraEvents
 * @property {() => Plane} plane
 * @property {(shown: Shown[]) => void} chosen
 * @property {(error: unknown) => void} failed
 */

/** What the map can show besides points and handles, switched on and off: layers, and a path with its film. */
export class Extras {
  /** @param {Stage} stage @param {CanvasData} data @param {Cast} cast @param {ExtraEvents} events */
  constructor(stage, data, cast, events) {
    this.data = data;
    this.cast = cast;
    this.events = events;
    const { failed } = events;
    this.layers = new MapLayers(stage.map, data, { isBusy: () => cast.isDragging, failed });
    this.path = new PathCanvas(stage.pathCanvas());
    const what = { shape: data.imageShape, gifenc: new URL(`${data.assets}gifenc.mjs`, document.baseURI).href, name: "path" };
    this.film = new FilmStrip(stage.film, what, cast.decoding, {
      points: () => cast.members.map(({ z }) => z),
      laid: (path) => this.#lay(path),
      shown: (frame) => this.path.mark(frame),
      chosen: (kind) => this.options.set(kind, true),
      failed,
    });
    this.options = new Options(stage.root, /** @type {Shown[]} */ (data.show), () => this.#chosen());
    this.size = "";
    this.layers.use({ plane: events.plane(), z: this.#z });
    this.#show();
  }

  get #z() {
    return this.cast.members[this.cast.active].z;
  }

  #chosen() {
    this.#show();
    this.events.chosen(this.options.shown);
  }

  #show() {
    this.layers.show(this.options.shown);
    this.film.use(pathOf(this.options.shown));
  }

  /** @param {View} view @param {[number, number]} size of the map in pixels */
  look(view, size) {
    this.layers.look(view, size);
    if (this.size !== String(size)) this.path.resize(...size);
    this.size = String(size);
    this.path.look(view);
  }

  /** @param {Decoder} decoder */
  useDecoder(decoder) {
    this.layers.use({ decoder });
    this.film.redecode();
    this.film.rested();
  }

  /** @param {Embedding} embedding */
  usePoints(embedding) {
    this.layers.use({ embedding, plane: this.events.plane() });
    this.#lay(this.film.path); // the plane may have turned; the path itself knows nothing of the points
  }

  /** @param {Float64Array[]} path */
  #lay(path) {
    this.path.show(path.map((z) => project(this.events.plane(), z)));
  }

  /** A handle is on its way. */
  moved() {
    this.film.moved();
  }

  /** Handles have come to rest, or another is the active one. */
  rested() {
    if (String(this.layers.z) !== String(this.#offMap)) this.layers.use({ z: this.#offMap });
    this.film.rested();
  }

  /** The active handle's coordinates, as far as the map does not show them: only they change what lies under it. */
  get #offMap() {
    return this.data.latentDim === 2 ? this.layers.z : [...this.#z];
  }

  /** @param {Theme} theme @param {string[]} colors by class @param {(label: number) => boolean} isShown */
  dress(theme, colors, isShown) {
    this.layers.dress(colors, isShown);
    this.path.dress({ accent: theme.accent, ground: theme.ground });
  }

  destroy() {
    this.options.destroy();
    this.film.destroy();
    this.path.destroy();
    this.layers.destroy();
  }
}

