import { CanvasDom } from "../../browser/map/canvas_dom.mjs";
import { Coloring } from "./shared/coloring.mjs";
import { CardTexts, PlacedPoints } from "./shared/neighbourhood.mjs";
import { Features } from "./features.mjs";
import { HandleReports, sameHandles } from "./shared/positions.mjs";
import { HandleSet } from "./shared/handle_set.mjs";
import { LatentMap } from "../../browser/map/map.mjs";
import { LiveModel } from "./shared/live_model.mjs";
import { Loading } from "../../browser/model/loading.mjs";
import { absolute, isAbort, sentenceOf } from "../../browser/lib/fetching.mjs";
import { halfWidthFor, rangesFrom } from "../../browser/maths/coordinates.mjs";
import { idle, nextTask } from "../../browser/lib/idle.mjs";
import { mapGestures } from "../../browser/map/gestures.mjs";
import { onePerElement } from "../../browser/lib/instances.mjs";
import { readTheme, sameTheme, shadeFor } from "../../browser/lib/theme.mjs";
import { withoutPositions } from "./features/kept_view/kept_view.mjs";

/** @import { CanvasData, RunState } from "../../browser/lib/contract.mjs" */
/** @import { Component, PlotlyModule } from "../../browser/lib/types.mjs" */
/** @import { Decoder } from "../../browser/model/decoder.mjs" */
/** @import { Embedding, SentPoints } from "../../browser/model/embedding.mjs" */
/** @import { MapStyle } from "../../browser/map/map.mjs" */

const UNREADABLE = "Something on this map could not be loaded; reload the page.";

/** One run on the canvas: wires map, handles, decoder and cards together. */
class Studio {
  /** @param {Component<CanvasData>} component */
  constructor(component) {
    this.component = component;
    const data = (this.data = component.data);
    this.reports = new HandleReports((state) => this.component.setStateValue("handles", state), data);
    this.isMapOpen = false;
    this.placedPoints = new PlacedPoints(data, this.#placedPointsEvents());
    this.dom = new CanvasDom(component.parentElement, data);
    this.theme = readTheme(this.dom.root);
    this.coloring = new Coloring(this.dom, data, { onChange: () => this.#recoloured(), onError: (error) => this.mapTrouble(error) });
    this.paint = this.coloring.dress(this.theme);
    const start = rangesFrom(data.options.view ?? "");
    this.map = new LatentMap(this.dom.map, this.#mapStyle(), () => this.#onView(), start);
    this.handleSet = new HandleSet(this.dom, data, this.#handleSetEvents());
    this.liveModel = new LiveModel(this);
    this.cardTexts = new CardTexts(this.dom, data, this.handleSet, this.placedPoints.neighbourhood);
    this.features = new Features(this.dom, data, this.handleSet, this.#canvasEvents());
    this.stops = mapGestures(this.dom, this.map, (place, { pointerType, timeStamp }) => {
      if (this.features.onTap(place, pointerType)) return;
      this.handleSet.move(this.handleSet.active, place, timeStamp);
      this.#released();
    });
    this.#dress();
    this.#onView();
    this.loading = new Loading(data, absolute(data.assets), this.liveModel);
    this.stops.push(() => this.loading.stop(), () => this.placedPoints.stop());
  }

  /** Python, or Streamlit's theme, has something new to say. @param {Component<CanvasData>} component */
  update(component) {
    const before = this.data;
    this.component = component;
    this.data = component.data;
    this.loading.update(this.data);
    this.features.update(this.data);
    if (!sameTheme(this.theme, readTheme(this.dom.root))) this.#dress();
    if (this.data.images && !before.images) {
      this.cardTexts.update(this.data);
      void this.#fetchImages();
    }
    if (!sameHandles(before.handles, this.data.handles)) this.#adopt(this.data); // else Python has not received the latest yet
  }

  /** Handles as the page has set them; while one is being dragged, they stay as they are. @param {CanvasData} data */
  #adopt({ handles, active }) {
    if (this.reports.isEcho(handles) || this.handleSet.isDragging) return;
    this.handleSet.adopt(handles, active);
  }

  /** @param {Decoder} decoder @param {number} step */
  useDecoder(decoder, step) {
    const { run, label } = this.data;
    Object.assign(this.dom.root.dataset, { model: `${run.id}@${step}`, label: label ?? "" });
    this.dom.sayOfImages("");
    this.handleSet.useDecoder(decoder);
    this.features.useDecoder(decoder, step);
  }

  /** What has come of very many points; the rest of the canvas waits for all. @param {SentPoints} points */
  showPart(points) {
    if (this.data.heights || this.data.plane === "layout") return; // where these lie depends on all of them
    this.coloring.mark(points);
    void this.map.show(points, null);
  }

  /** @param {SentPoints} points */
  usePoints(points) {
    void this.#showPoints(points, null);
  }

  /** @param {SentPoints} points */
  movePoints(points) {
    const prefersReducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
    return this.#showPoints(points, prefersReducedMotion ? null : this.placedPoints.embedding);
  }

  /** @param {SentPoints} points @param {Embedding | null} before the map that they travel from */
  #showPoints(points, before) {
    const embedding = this.placedPoints.placeOnPlane(points);
    this.coloring.mark(embedding);
    const arrived = this.map.show(embedding, before);
    this.features.usePoints(embedding);
    this.#makeRoom();
    void arrived.then(nextTask).then(() => this.cardTexts.all());
    this.#settle();
    return arrived;
  }

  /** @returns {import("./shared/neighbourhood.mjs").PlacedPointsEvents} */
  #placedPointsEvents() {
    return {
      onTurn: () => {
        void this.map.dress(this.#mapStyle());
        this.handleSet.planeTurned();
      },
      onPicture: () => this.cardTexts.all(),
      onLayout: (points) => this.usePoints(points),
      onNeighbours: () => this.cardTexts.all(),
      say: this.say,
      onError: this.mapTrouble,
    };
  }

  /** @param {PlotlyModule} plotly */
  async openMap(plotly) {
    await this.map.open(plotly);
    this.isMapOpen = true;
    this.#settle();
  }

  ended = (/** @type {RunState} */ state) => {
    void this.#fetchImages();
    void idle().then(() => this.component.setStateValue("state", state));
  };

  say = (/** @type {string} */ sentence) => this.dom.say(sentence);

  /** @param {unknown} error */
  decoderTrouble = (error) => this.dom.sayOfImages(sentenceOf(error, UNREADABLE));

  /** @param {unknown} error */
  mapTrouble = (error) => isAbort(error) || this.dom.say(sentenceOf(error, UNREADABLE));

  /** The map grows in steps when its points need more than the prior does, but never during a drag. */
  #makeRoom() {
    const half = halfWidthFor(this.placedPoints.embedding?.extent ?? 0);
    if (half <= this.map.half || this.handleSet.isDragging) return;
    this.handleSet.widen(half);
    void this.map.reach(half);
  }

  async #fetchImages() {
    void this.coloring.offer(this.data);
    try {
      const { points } = this.liveModel;
      if (await this.placedPoints.neighbourhood.fetchImages(this.data, points?.index ?? null)) this.cardTexts.all();
    } catch (error) {
      if (!isAbort(error)) this.decoderTrouble(error);
    }
  }

  /** @returns {import("./shared/handle_set.mjs").HandleSetEvents} */
  #handleSetEvents() {
    return {
      view: () => this.map.view,
      plane: () => this.placedPoints.plane,
      onChange: (index, ms) => this.#changed(index, ms),
      onMove: () => this.features?.onMove(),
      onRelease: () => this.#released(),
      onActivate: () => this.features?.onActivate(),
      onError: (error) => this.decoderTrouble(error),
      onWheel: (event) => this.map.wheel(event),
    };
  }

  /** @returns {import("./features.mjs").CanvasEvents} */
  #canvasEvents() {
    return {
      view: () => this.map.view,
      map: this.map,
      plane: () => this.placedPoints.plane,
      neighbourhood: () => this.placedPoints.neighbourhood,
      onChoose: () => this.#report(),
      onRelease: () => this.#released(),
      onError: (error) => this.decoderTrouble(error),
      say: this.say,
      runtime: () => this.loading.runtime,
      receiver: this,
      liveModel: this.liveModel,
      travel: () => this.map.points.travel,
    };
  }

  #released() {
    this.#makeRoom();
    this.features.onRest();
    if (this.placedPoints.neighbourhood.areMany) this.cardTexts.all(); // real images are fetched for handles that rest
    this.#report();
  }

  /** Send Python the handles and switches as they are now. */
  #report() {
    const { packed: handles, active } = this.handleSet;
    const options = { ...this.features.options(), ...this.coloring.options() };
    this.reports.report({ handles, active, show: this.features.shown, options });
  }

  #onView() {
    this.handleSet?.moveRings();
    this.features?.onView(this.map.view, this.map.size);
    if (this.map) void this.placedPoints.look(this.map.view);
  }

  /** @param {number} index @param {number} [ms] that its decoding took */
  #changed(index, ms) {
    this.cardTexts?.one(index, ms);
    if (ms !== undefined) this.#settle();
  }

  /** What is not needed at first comes when all else is there. */
  #settle() {
    if (this.dom.settle(this.isMapOpen && this.placedPoints.embedding !== null)) void this.#fetchImages();
  }

  /** @returns {MapStyle} */
  #mapStyle() {
    const { theme, paint } = this;
    const { names, heights } = this.placedPoints.plane;
    return { ...paint, classes: this.data.classes, names, heights, theme, textOf: this.coloring.textOf };
  }

  #dress() {
    this.theme = readTheme(this.dom.root);
    this.paint = this.coloring.dress(this.theme);
    void this.map.dress(this.#mapStyle());
    this.features.dress(this.theme, this.paint);
    this.cardTexts.dress(shadeFor(this.data.look.classes, this.theme));
  }

  /** Other points are shown, or they are coloured by something else. */
  #recoloured() {
    const { embedding } = this.placedPoints;
    if (embedding) this.coloring.mark(embedding);
    this.#dress();
    this.map.hover.refresh();
    this.#report();
  }

  destroy() {
    for (const stop of this.stops) stop();
    for (const part of [this.features, this.handleSet, this.liveModel, this.map, this.coloring, this.dom]) part.destroy();
  }
}

/** What the canvas is about; when it changes, everything on it does. @param {CanvasData} data */
const subject = ({ run, points, dims, plane, heights, imageShape, runtime }) =>
  JSON.stringify([run.id, points, dims, plane, heights, imageShape, runtime]);

/** What places on a map belong to: the part that somebody has zoomed to, and outlines around points. @param {CanvasData} data */
const axes = ({ run, dims, plane, heights }) => JSON.stringify([run.id, dims, plane, heights]);

/** The same canvas without those of its options that hold for another map alone. @param {Component<CanvasData>} component @param {string} before */
function withOwnOptions(component, before) {
  const { data } = component;
  if (axes(data) === before) return component;
  return { ...component, data: { ...data, options: withoutPositions(data.options) } };
}

/**
 * A map of latent space with handles to drag, and the images they stand for.
 * @type {(component: Component<CanvasData>) => () => void}
 */
export default onePerElement((first) => {
  let shown = subject(first.data);
  let shownAxes = axes(first.data);
  let studio = new Studio(first);
  return {
    update(component) {
      const wanted = subject(component.data);
      if (wanted === shown) return studio.update(component);
      studio.destroy();
      studio = new Studio(withOwnOptions(component, shownAxes));
      shown = wanted;
      shownAxes = axes(component.data);
    },
    destroy: () => studio.destroy(),
  };
});
