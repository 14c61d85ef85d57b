import { animate, motion, placeAfter } from "./gliding.mjs";
import { packed, unpacked } from "../../shared/positions.mjs";

/** @import { CanvasData } from "../../../../browser/lib/types.mjs" */
/** @import { Cast } from "../../shared/handle_set.mjs" */
/** @import { FeatureEvents } from "../../features.mjs" */
/** @import { Shown } from "../../shared/options.mjs" */
/** @import { Scene, Step, TourHandle, TourView } from "./tour.mjs" */

/** Leads the canvas to a step of a tour, and tells where it stands. */
export class Guide {
  /** @param {CanvasData} data @param {Cast} cast @param {FeatureEvents} events */
  constructor(data, cast, events) {
    this.data = data;
    this.cast = cast;
    this.events = events;
    /** @type {readonly Shown[]} */
    this.shown = [];
    this.stop = () => {};
  }

  /**
   * View and switches at once, handles on their way; a hand on one of them ends the way.
   * @param {Scene} scene @param {Step} step @param {{along: boolean, arrived: () => void, interrupted: () => void}} how
   *   along: whether by the step's own way, or straight
   */
  lead({ handles, active, view, show }, { along = [], film = false }, how) {
    const { cast, data, events } = this;
    this.stop();
    void events.map.go(view === "all" ? null : view);
    if (show) events.show(show);
    if (handles) cast.adopt(this.#begun(handles), active);
    const goals = handles ? handles.map(({ z }) => unpacked(z, data)) : cast.members.map(({ z }) => z);
    const way = how.along ? along.map((z) => unpacked(z, data)) : [];
    const motions = goals.map((goal, at) => motion(cast.members[at].z, goal, at === cast.active ? way : []));
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const ms = isCalm ? 0 : Math.max(...motions.map((each) => each.ms));
    const draw = (/** @type {number} */ passed) => {
      const isInterrupted = cast.isDragging || cast.members.length !== motions.length;
      if (isInterrupted) how.interrupted();
      else motions.forEach((each, at) => this.#put(at, placeAfter(each, passed)));
      return !isInterrupted;
    };
    this.stop = animate(ms, draw, () => {
      events.released();
      events.play(film);
      how.arrived();
    });
  }

  /** The handles of a scene where they are now; those that are not there yet, where they shall be. @param {TourHandle[]} wanted */
  #begun(wanted) {
    const { members } = this.cast;
    return wanted.map(({ name = "", z }, at) => ({ name, z: members[at] ? packed(members[at].z, this.data) : z }));
  }

  /** @param {number} at @param {number[]} z */
  #put(at, z) {
    if (String(z) !== String(this.cast.members[at].z)) this.cast.put(at, z);
  }

  /** What is to be seen now, as a step of a tour has it. @returns {Pick<Step, "handles" | "active" | "view" | "show">} */
  present() {
    const { cast, events } = this;
    const handles = cast.packed.map(({ name, z }) => (name ? { name, z } : { z }));
    const { x, y } = events.view();
    /** @type {TourView} */
    const view = events.map.wasZoomed ? { x: rounded(x), y: rounded(y) } : "all";
    return { handles, active: cast.active + 1, view, show: [...this.shown] };
  }
}

/** @param {[number, number]} range @returns {[number, number]} */
const rounded = ([from, to]) => [Number(from.toFixed(3)), Number(to.toFixed(3))];
