import { AttributeArrow } from "./features/directions/attribute_arrow.mjs";
import { Encode } from "./features/encode/encode.mjs";
import { KeptView } from "./features/kept_view/kept_view.mjs";
import { MapLayers } from "./features/map_layers/map_layers.mjs";
import { Options } from "./shared/options.mjs";
import { PathFilm } from "./features/film/path_film.mjs";
import { Presenter } from "./features/presenter/presenter.mjs";
import { RestSliders } from "./features/other_dimensions/other_dimensions.mjs";
import { TimeMachine } from "./features/time_machine/time_machine.mjs";

/** @import { CanvasData, Point } from "../../browser/lib/types.mjs" */
/** @import { Theme } from "../../browser/lib/theme.mjs" */
/** @import { Cast } from "./shared/handle_set.mjs" */
/** @import { View } from "../../browser/maths/coordinates.mjs" */
/** @import { Decoder, Runtime } from "../../browser/model/decoder.mjs" */
/** @import { Embedding } from "../../browser/model/embedding.mjs" */
/** @import { Receiver } from "../../browser/model/loading.mjs" */
/** @import { LatentMap } from "../../browser/map/map.mjs" */
/** @import { Shown } from "../../browser/lib/contract.mjs" */
/** @import { Plane } from "../../browser/model/plane.mjs" */
/** @import { Present } from "./shared/live_model.mjs" */
/** @import { Stage } from "../../browser/map/canvas_dom.mjs" */
/** @import { Surroundings } from "./shared/neighbourhood.mjs" */
/** @import { Travel } from "../../browser/model/travel.mjs" */

/**
 * Something that the canvas can do beside dragging handles, told of whatever changes.
 * @typedef {object} Feature
 * @property {(decoder: Decoder, step: number) => void} [useDecoder]
 * @property {(embedding: Embedding) => void} [usePoints] the points, or the plane that they lie on, are others
 * @property {(view: View, size: [number, number]) => void} [look] size: of the map in CSS pixels
 * @property {() => void} [moved] a handle is on its way, or there are more or fewer
 * @property {() => void} [rested] handles have come to rest
 * @property {() => void} [activated] another handle may be the active one
 * @property {(theme: Theme, colors: string[], isShown: (label: number) => boolean) => void} [dress] by class
 * @property {(shown: readonly Shown[]) => void} [show] what the switches on the map say
 * @property {() => void} [clear] what a person has put on the map, and no switch takes off, makes way for a tour
 * @property {(isOn: boolean) => void} [play] or stop what there is to play
 * @property {(data: CanvasData) => void} [update] Python has something new to say
 * @property {(place: Point) => boolean} [tapped] whether a tap on the map is meant for it; if for nobody, the active handle goes there
 * @property {() => boolean} [isMoving] whether points that are not the run's newest will soon be others again
 * @property {() => Record<string, string>} [options] its part of what the address keeps, "" for what need not stand there
 * @property {() => void} destroy
 */

/**
 * What a feature may ask for, and whom it may tell.
 * @typedef {object} CanvasEvents
 * @property {() => Plane} plane
 * @property {() => View} view
 * @property {Pick<LatentMap, "go" | "enlarge" | "wasZoomed">} map wasZoomed: whether somebody has chosen the view
 * @property {() => Surroundings} surroundings the points that are shown, and the real images behind them
 * @property {() => void} chosen tell Python, which writes the address
 * @property {() => void} released a handle that the feature has moved has come to rest; Python is told, too
 * @property {(error: unknown) => void} failed
 * @property {(sentence: string) => void} say on the map, "" for nothing
 * @property {() => Promise<Runtime>} runtime
 * @property {Receiver} receiver for another decoder and other points than those of the present
 * @property {Present} present what the run is now, which the canvas shows unless it looks elsewhere
 * @property {() => Travel} travel of the points
 * @property {() => void} still points will stay where they are for now
 *
 * @typedef {object} SwitchEvents
 * @property {(what: Shown, isOn: boolean) => void} choose turn a switch on the map
 * @property {(shown: readonly Shown[]) => void} show these beside the images, and nothing else
 * @property {(isOn: boolean) => void} play the film, if there is one, or stop it
 *
 * @typedef {CanvasEvents & SwitchEvents} FeatureEvents
 *
 * @typedef {new (stage: Stage, data: CanvasData, cast: Cast, events: FeatureEvents) => Feature} FeatureKind
 */

/** In the order in which they are made: of layers at one height the later lies above, and so go the tabs. */
const EVERYWHERE = [KeptView, RestSliders, MapLayers, PathFilm, Encode, TimeMachine, Presenter];
const WITH_ROOM = [AttributeArrow];

/** All features of one canvas, and the switches on its map. @implements {Feature} */
export class Features {
  /**
   * @param {Stage} stage @param {CanvasData} data @param {Cast} cast @param {CanvasEvents} events
   * @param {readonly FeatureKind[]} [kinds]
   */
  constructor(stage, data, cast, events, kinds = data.compact ? EVERYWHERE : [...EVERYWHERE, ...WITH_ROOM]) {
    this.switches = new Options(stage.root, /** @type {Shown[]} */ (data.show), () => {
      this.#show();
      events.chosen();
    }, data.plane !== "layout");
    /** @type {SwitchEvents} */
    const switching = {
      choose: (what, isOn) => this.switches.set(what, isOn),
      show: (shown) => {
        stage.tabs.choose(0);
        for (const each of this.all) each.clear?.();
        this.switches.use(shown);
      },
      play: (isOn) => this.all.forEach((each) => each.play?.(isOn)),
    };
    /** @type {Feature[]} */
    this.all = kinds.map((Kind) => new Kind(stage, data, cast, { ...events, ...switching }));
    this.#show();
  }

  get shown() {
    return this.switches.shown;
  }

  #show() {
    for (const each of this.all) each.show?.(this.switches.visible);
  }

  /** @param {Decoder} decoder @param {number} step */
  useDecoder(decoder, step) {
    for (const each of this.all) each.useDecoder?.(decoder, step);
  }

  /** @param {Embedding} embedding */
  usePoints(embedding) {
    for (const each of this.all) each.usePoints?.(embedding);
  }

  /** @param {View} view @param {[number, number]} size */
  look(view, size) {
    for (const each of this.all) each.look?.(view, size);
  }

  moved() {
    for (const each of this.all) each.moved?.();
  }

  rested() {
    for (const each of this.all) each.rested?.();
  }

  activated() {
    for (const each of this.all) each.activated?.();
  }

  /** @param {Point} place on the map */
  tapped(place) {
    return this.all.some((each) => each.tapped?.(place));
  }

  /** @param {Theme} theme @param {string[]} colors by class @param {(label: number) => boolean} isShown */
  dress(theme, colors, isShown) {
    for (const each of this.all) each.dress?.(theme, colors, isShown);
  }

  /** @param {CanvasData} data */
  update(data) {
    for (const each of this.all) each.update?.(data);
  }

  isMoving() {
    return this.all.some((each) => each.isMoving?.());
  }

  /** @returns {Record<string, string>} */
  options() {
    return Object.assign({}, ...this.all.map((each) => each.options?.()));
  }

  destroy() {
    this.switches.destroy();
    for (const each of this.all) each.destroy();
  }
}
