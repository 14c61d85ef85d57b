import { AttributeArrow } from "./features/directions/attribute_arrow.mjs";
import { Encode } from "./features/encode/encode.mjs";
import { KeptView } from "./features/kept_view/kept_view.mjs";
import { MapLayers } from "./features/map_layers/map_layers.mjs";
import { MapSaving } from "./features/map_saving/map_saving.mjs";
import { Options } from "./shared/options.mjs";
import { PathFilm } from "./features/film/path_film.mjs";
import { Presenter } from "./features/presenter/presenter.mjs";
import { OtherDimensions } from "./features/other_dimensions/other_dimensions.mjs";
import { TimeMachine } from "./features/time_machine/time_machine.mjs";

/** @import { CanvasData, Shown } from "../../browser/lib/contract.mjs" */
/** @import { Point } from "../../browser/lib/types.mjs" */
/** @import { Theme } from "../../browser/lib/theme.mjs" */
/** @import { Paint } from "./shared/coloring.mjs" */
/** @import { HandleSet } from "./shared/handle_set.mjs" */
/** @import { View } from "../../browser/maths/coordinates.mjs" */
/** @import { Decoder, Runtime } from "../../browser/model/decoder.mjs" */
/** @import { Embedding } from "../../browser/model/embedding.mjs" */
/** @import { Receiver } from "../../browser/model/loading.mjs" */
/** @import { LatentMap } from "../../browser/map/map.mjs" */
/** @import { Plane } from "../../browser/model/plane.mjs" */
/** @import { LiveModel } from "./shared/live_model.mjs" */
/** @import { CanvasDom } from "../../browser/map/canvas_dom.mjs" */
/** @import { Neighbourhood } from "./shared/neighbourhood.mjs" */
/** @import { Travel } from "../../browser/model/travel.mjs" */

/**
 * Something that the canvas can do beside dragging handles, called at whatever changes.
 * @typedef {object} Feature
 * @property {(decoder: Decoder, step: number) => void} [useDecoder]
 * @property {(embedding: Embedding) => void} [usePoints] the points, or the plane that they lie on, are others
 * @property {(view: View, size: [number, number]) => void} [onView] size: of the map in CSS pixels
 * @property {() => void} [onMove] a handle is on its way, or there are more or fewer
 * @property {() => void} [onRest] handles have come to rest
 * @property {() => void} [onActivate] another handle may be the active one
 * @property {(theme: Theme, paint: Paint) => void} [dress]
 * @property {(shown: readonly Shown[]) => void} [show] what the switches on the map say
 * @property {() => void} [clear] take away what a person has put on the map and no switch takes away, before a tour
 * @property {(isOn: boolean) => void} [play] or stop what there is to play
 * @property {(data: CanvasData) => void} [update] Python has something new to say
 * @property {(place: Point, pointerType: string) => boolean} [onTap] by a mouse, a pen or a finger: whether the feature has used a tap on the map; if none has, the active handle goes there
 * @property {() => Record<string, string>} [options] its part of what the address keeps, "" for what need not stand there
 * @property {() => void} destroy
 */

/**
 * What a feature may ask for, and what it calls when something has happened.
 * @typedef {object} CanvasEvents
 * @property {() => Plane} plane
 * @property {() => View} view
 * @property {Pick<LatentMap, "go" | "enlarge" | "wasZoomed" | "asSvg" | "size">} map wasZoomed: whether somebody has chosen the view
 * @property {() => Neighbourhood} neighbourhood the points that are shown, and the real images behind them
 * @property {() => void} onChoose send Python what was chosen; it writes the address
 * @property {() => void} onRelease a handle that the feature has moved has come to rest: Python is sent the handles, too
 * @property {(error: unknown) => void} onError
 * @property {(sentence: string) => void} say on the map, "" for nothing
 * @property {() => Promise<Runtime>} runtime
 * @property {Receiver} receiver for another decoder and other points than those of the live model
 * @property {LiveModel} liveModel what the run is now, which the canvas shows unless it shows an earlier epoch
 * @property {() => Travel} travel of the points
 *
 * @typedef {object} SwitchEvents
 * @property {(what: Shown, isOn: boolean) => void} choose turn a switch on the map
 * @property {(shown: readonly Shown[]) => void} show these beside the images, and nothing else
 * @property {(isOn: boolean) => void} play the film, if there is one, or stop it
 *
 * @typedef {CanvasEvents & SwitchEvents} FeatureEvents
 *
 * @typedef {new (dom: CanvasDom, data: CanvasData, handleSet: HandleSet, events: FeatureEvents) => Feature} FeatureKind
 */

/** In the order in which they are made: of layers at one height the later lies above, and so go the tabs. */
const EVERYWHERE = [KeptView, OtherDimensions, MapLayers, MapSaving, PathFilm, Encode, TimeMachine, Presenter];
const WITH_ROOM = [AttributeArrow];

/** All features of one canvas, and the switches on its map. @implements {Feature} */
export class Features {
  /**
   * @param {CanvasDom} dom @param {CanvasData} data @param {HandleSet} handleSet @param {CanvasEvents} events
   * @param {readonly FeatureKind[]} [kinds]
   */
  constructor(dom, data, handleSet, events, kinds = data.compact ? EVERYWHERE : [...EVERYWHERE, ...WITH_ROOM]) {
    this.switches = new Options(dom.root, /** @type {Shown[]} */ (data.show), () => {
      this.#show();
      events.onChoose();
    }, data.plane !== "layout");
    /** @type {SwitchEvents} */
    const switching = {
      choose: (what, isOn) => this.switches.set(what, isOn),
      show: (shown) => {
        dom.tabs.choose(0);
        for (const each of this.all) each.clear?.();
        this.switches.use(shown);
      },
      play: (isOn) => this.all.forEach((each) => each.play?.(isOn)),
    };
    /** @type {Feature[]} */
    this.all = kinds.map((Kind) => new Kind(dom, data, handleSet, { ...events, ...switching }));
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
  onView(view, size) {
    for (const each of this.all) each.onView?.(view, size);
  }

  onMove() {
    for (const each of this.all) each.onMove?.();
  }

  onRest() {
    for (const each of this.all) each.onRest?.();
  }

  onActivate() {
    for (const each of this.all) each.onActivate?.();
  }

  /** @param {Point} place on the map @param {string} pointerType */
  onTap(place, pointerType) {
    return this.all.some((each) => each.onTap?.(place, pointerType));
  }

  /** @param {Theme} theme @param {Paint} paint */
  dress(theme, paint) {
    for (const each of this.all) each.dress?.(theme, paint);
  }

  /** @param {CanvasData} data */
  update(data) {
    for (const each of this.all) each.update?.(data);
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
