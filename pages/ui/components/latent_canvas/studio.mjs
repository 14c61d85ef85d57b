import { calm } from "../../browser/lib/idle.mjs";
import { absolute, isAbort, sentenceOf } from "../../browser/lib/fetching.mjs";
import { Cast } from "./shared/handle_set.mjs";
import { halfWidthFor, rangesFrom } from "../../browser/maths/coordinates.mjs";
import { Features } from "./features.mjs";
import { mapGestures } from "../../browser/map/gestures.mjs";
import { Loading } from "../../browser/model/loading.mjs";
import { LatentMap } from "../../browser/map/map.mjs";
import { Reporting, sameHandles } from "./shared/positions.mjs";
import { Present } from "./shared/live_model.mjs";
import { Stage } from "../../browser/map/canvas_dom.mjs";
import { Describing, Ground } from "./shared/neighbourhood.mjs";
import { readTheme, sameTheme, shadeFor } from "../../browser/lib/theme.mjs";

/** @import { RunState } from "../../browser/lib/contract.mjs" */
/** @import { CanvasData, Component, PlotlyModule } from "../../browser/lib/types.mjs" */
/** @import { Decoder } from "../../browser/model/decoder.mjs" */
/** @import { Embedding, Posteriors } from "../../browser/model/embedding.mjs" */
/** @import { MapLook } from "../../browser/map/map.mjs" */

const UNREADABLE = "Something on this map could not be loaded; reload the page.";

/** One run on the canvas: wires map, handles, decoder and cards together. */
export class Studio {
  /** @param {Component<CanvasData>} component */
  constructor(component) {
    this.component = component;
    const data = (this.data = component.data);
    this.reporting = new Reporting((state) => this.component.setStateValue("handles", state), data);
    this.isMapOpen = false;
    /** @type {Embedding | null} drawn by us, to be drawn by plotly once the run has ended */
    this.moving = null;
    this.ground = new Ground(data, this.#groundEvents());
    this.stage = new Stage(component.parentElement, data, { filtered: () => this.#filtered() });
    this.dressing = new Dressing(this.stage, data);
    const start = rangesFrom(data.options.view ?? "");
    this.map = new LatentMap(this.stage.map, this.#look(), () => this.#looked(), start);
    this.cast = new Cast(this.stage, data, this.#castEvents());
    this.present = new Present(this);
    this.describing = new Describing(this.stage, data, this.cast, this.ground.surroundings);
    this.features = new Features(this.stage, data, this.cast, this.#canvasEvents());
    this.stops = mapGestures(this.stage, this.map, (place, timeStamp) => {
      if (this.features.tapped(place)) return;
      this.cast.move(this.cast.active, place, timeStamp);
      this.#released();
    });
    this.#dress();
    this.#looked();
    this.loading = new Loading(data, absolute(data.assets), this.present);
    this.stops.push(() => this.loading.stop(), () => this.ground.stop());
  }

  /** Python, or Streamlit's theme, has something new to say. @param {Component<CanvasData>} component */
  update(component) {
    const before = this.data;
    this.component = component;
    this.data = component.data;
    this.loading.update(this.data);
    this.features.update(this.data);
    if (this.dressing.refresh()) this.#dress();
    if (this.data.images && !before.images) {
      this.describing.update(this.data);
      void this.#fetchImages();
    }
    if (!sameHandles(before.handles, this.data.handles)) this.#adopt(this.data); // else Python has not heard yet
  }

  /** Handles that the page wishes for; a hand on one is stronger. @param {CanvasData} data */
  #adopt({ handles, active }) {
    if (this.reporting.isEcho(handles) || this.cast.isDragging) return;
    this.cast.adopt(handles, active);
  }

  /** @param {Decoder} decoder @param {number} step */
  useDecoder(decoder, step) {
    const { run, label } = this.data;
    Object.assign(this.stage.root.dataset, { model: `${run.id}@${step}`, label: label ?? "" });
    this.stage.sayOfImages("");
    this.cast.useDecoder(decoder);
    this.features.useDecoder(decoder, step);
  }

  /** @param {Posteriors} posteriors */
  usePoints(posteriors) {
    const embedding = this.ground.place(posteriors);
    this.features.usePoints(embedding);
    this.#makeRoom();
    this.describing.all();
    this.#settle();
    return embedding;
  }

  /** @returns {import("./shared/neighbourhood.mjs").GroundEvents} */
  #groundEvents() {
    return {
      turned: () => {
        void this.map.dress(this.#look());
        this.cast.planeTurned();
      },
      pictured: () => this.describing.all(),
      laidOut: (posteriors) => void this.map.showResting(this.usePoints(posteriors)),
      say: this.say,
      failed: this.mapTrouble,
    };
  }

  /** @param {Posteriors} posteriors */
  movePoints(posteriors) {
    const { embedding: before } = this.ground;
    this.moving = this.usePoints(posteriors);
    return this.map.showMoving(this.moving, matchMedia("(prefers-reduced-motion: reduce)").matches ? null : before);
  }

  /** @param {PlotlyModule} plotly */
  async openMap(plotly) {
    await this.map.open(plotly, this.moving ? null : this.ground.embedding);
    this.isMapOpen = true;
    this.#settle();
  }

  ended = (/** @type {RunState} */ state) => {
    this.#rest();
    void this.#fetchImages();
    void calm().then(() => this.component.setStateValue("state", state));
  };

  say = (/** @type {string} */ sentence) => this.stage.say(sentence);

  /** @param {unknown} error */
  decoderTrouble = (error) => this.stage.sayOfImages(sentenceOf(error, UNREADABLE));

  /** @param {unknown} error */
  mapTrouble = (error) => isAbort(error) || this.stage.say(sentenceOf(error, UNREADABLE));

  /** Once they will stay where they are, and no handle is held, plotly gets the points. */
  #rest() {
    const areStill = (this.loading.hasEnded || this.present.isAway) && !this.features.isMoving();
    if (!areStill || !this.moving || this.cast.isDragging) return;
    void this.map.showResting(this.moving);
    this.moving = null;
  }

  /** The map grows in steps when its points need more than the prior does, but never under a hand. */
  #makeRoom() {
    const half = halfWidthFor(this.ground.embedding?.extent ?? 0);
    if (half <= this.map.half || this.cast.isDragging) return;
    this.cast.widen(half);
    void this.map.reach(half);
  }

  async #fetchImages() {
    try {
      const { posteriors } = this.present;
      if (await this.ground.surroundings.fetchImages(this.data, posteriors?.index ?? null)) this.describing.all();
    } catch (error) {
      if (!isAbort(error)) this.decoderTrouble(error);
    }
  }

  /** @returns {import("./shared/handle_set.mjs").CastEvents} */
  #castEvents() {
    return {
      view: () => this.map.view,
      plane: () => this.ground.plane,
      changed: (at, ms) => this.#changed(at, ms),
      moved: () => this.features?.moved(),
      released: () => this.#released(),
      activated: () => this.features?.activated(),
      failed: (error) => this.decoderTrouble(error),
      wheel: (event) => this.map.wheel(event),
    };
  }

  /** @returns {import("./features.mjs").CanvasEvents} */
  #canvasEvents() {
    return {
      view: () => this.map.view,
      map: this.map,
      plane: () => this.ground.plane,
      surroundings: () => this.ground.surroundings,
      chosen: () => this.#tell(),
      released: () => this.#released(),
      failed: (error) => this.decoderTrouble(error),
      say: this.say,
      runtime: () => this.loading.runtime,
      receiver: this,
      present: this.present,
      travel: () => this.map.points.travel,
      still: () => this.#rest(),
    };
  }

  #released() {
    this.#rest();
    this.#makeRoom();
    this.features.rested();
    if (this.data.points === "all") this.describing.all(); // real images are fetched for handles that rest
    this.#tell();
  }

  /** Python hears of what has come to rest. */
  #tell() {
    const { packed: handles, active } = this.cast;
    const options = { ...this.features.options(), hidden: this.stage.legend.hidden };
    this.reporting.tell({ handles, active, show: this.features.shown, options });
  }

  #looked() {
    this.cast?.placeAll();
    this.features?.look(this.map.view, this.map.size);
  }

  /** @param {number} at @param {number} [ms] that its decoding took */
  #changed(at, ms) {
    this.describing?.one(at, ms);
    if (ms !== undefined) this.#settle();
  }

  /** What is not needed at first comes when all else is there. */
  #settle() {
    if (this.stage.settle(this.isMapOpen && this.ground.embedding !== null)) void this.#fetchImages();
  }

  #look() {
    return this.dressing.ofMap(this.ground.plane.names);
  }

  #dress() {
    this.stage.legend.dress(this.dressing.colors);
    void this.map.dress(this.#look());
    this.#dressFeatures();
    this.describing.dress(this.dressing.colors);
  }

  /** Other classes are shown. */
  #filtered() {
    void this.map.filter(this.stage.legend.isShown);
    this.#dressFeatures();
    this.#tell();
  }

  #dressFeatures() {
    this.features.dress(this.dressing.theme, this.dressing.colors, this.stage.legend.isShown);
  }

  destroy() {
    for (const stop of this.stops) stop();
    for (const part of [this.features, this.cast, this.present, this.map, this.stage]) part.destroy();
  }
}

/** What everything on the canvas is drawn in: Streamlit's theme, the classes' colours, and which classes are shown. */
class Dressing {
  /** @param {Stage} stage @param {CanvasData} data */
  constructor({ root, legend }, { look, classes }) {
    this.root = root;
    this.legend = legend;
    this.shades = look;
    this.classes = classes;
    this.theme = readTheme(root);
  }

  /** @returns {boolean} whether Streamlit's theme is another now */
  refresh() {
    const before = this.theme;
    this.theme = readTheme(this.root);
    return !sameTheme(before, this.theme);
  }

  /** @returns {string[]} by class */
  get colors() {
    return shadeFor(this.shades.classes, this.theme);
  }

  /** @param {string[]} names of the axes @returns {MapLook} */
  ofMap(names) {
    const { classes, colors, shades, theme } = this;
    return { classes, names, colors, symbols: shades.symbols, theme, isShown: this.legend.isShown };
  }
}
