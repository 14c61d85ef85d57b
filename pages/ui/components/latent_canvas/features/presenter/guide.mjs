import { packed, unpacked } from "../../shared/positions.mjs";
import { eased } from "../../../../browser/model/travel.mjs";
import { alongPath, straightPath } from "../../../../browser/maths/paths.mjs";

/** @import { CanvasData, Shown } from "../../../../browser/lib/contract.mjs" */
/** @import { HandleSet } from "../../shared/handle_set.mjs" */
/** @import { FeatureEvents } from "../../features.mjs" */
/** @import { Scene, Step, TourHandle, TourView } from "./tour.mjs" */

/** Leads the canvas to a step of a tour, and says what the canvas shows now. */
export class Guide {
  /** @param {CanvasData} data @param {HandleSet} handleSet @param {FeatureEvents} events */
  constructor(data, handleSet, events) {
    this.data = data;
    this.handleSet = handleSet;
    this.events = events;
    /** @type {readonly Shown[]} */
    this.shown = [];
    this.stop = () => {};
  }

  /**
   * View and switches at once, handles on their way; whoever takes hold of one of them ends it.
   * @param {Scene} scene @param {Step} step @param {{along: boolean, onArrive: () => void, onInterrupt: () => void}} how
   *   along: whether by the step's own way, or straight
   */
  lead({ handles, active, view, show }, { along = [], film = false }, how) {
    const { handleSet, data, events } = this;
    this.stop();
    void events.map.go(view === "all" ? null : view);
    if (show) events.show(show);
    if (handles) handleSet.adopt(this.#begun(handles), active);
    const goals = handles ? handles.map(({ z }) => unpacked(z, data)) : handleSet.members.map(({ z }) => z);
    const way = how.along ? along.map((z) => unpacked(z, data)) : [];
    const motions = goals.map((goal, index) => motion(handleSet.members[index].z, goal, index === handleSet.active ? way : []));
    const prefersReducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const ms = prefersReducedMotion ? 0 : Math.max(...motions.map((each) => each.ms));
    const draw = (/** @type {number} */ passed) => {
      const isInterrupted = handleSet.isDragging || handleSet.members.length !== motions.length;
      if (isInterrupted) how.onInterrupt();
      else motions.forEach((each, index) => this.#put(index, placeAfter(each, passed)));
      return !isInterrupted;
    };
    this.stop = animate(ms, draw, () => {
      events.onRelease();
      events.play(film);
      how.onArrive();
    });
  }

  /** The handles of a scene where they are now; those that are not there yet, where they shall be. @param {TourHandle[]} wanted */
  #begun(wanted) {
    const { members } = this.handleSet;
    return wanted.map(({ name = "", z }, index) => ({ name, z: members[index] ? packed(members[index].z, this.data) : z }));
  }

  /** @param {number} index @param {number[]} z */
  #put(index, z) {
    if (String(z) !== String(this.handleSet.members[index].z)) this.handleSet.put(index, z);
  }

  /** What is to be seen now, as a step of a tour has it. @returns {Pick<Step, "handles" | "active" | "view" | "show">} */
  currentScene() {
    const { handleSet, events } = this;
    const handles = handleSet.packed.map(({ name, z }) => (name ? { name, z } : { z }));
    const { x, y } = events.view();
    /** @type {TourView} */
    const view = events.map.wasZoomed ? { x: rounded(x), y: rounded(y) } : "all";
    return { handles, active: handleSet.active + 1, view, show: [...this.shown] };
  }
}

/** @param {[number, number]} range @returns {[number, number]} */
const rounded = ([from, to]) => [Number(from.toFixed(3)), Number(to.toFixed(3))];

/** How a handle gets to another place by itself: so that the eye can follow, and no slower. */

const MOVE_MS = 220;
/** Along a path, in units of z a second: slow enough to watch the image change. */
const SPEED = 1.1;
const FRAMES = 120;

/** @typedef {{path: Float64Array[], ms: number}} Motion */

/**
 * @param {readonly number[]} from all D coordinates @param {readonly number[]} to
 * @param {readonly number[][]} [along] places it passes on its way, in order
 * @returns {Motion}
 */
export function motion(from, to, along = []) {
  const stops = [from, ...along, to];
  const path = straightPath(stops, Math.max(FRAMES, stops.length));
  return { path, ms: along.length ? Math.max(MOVE_MS, (1000 * lengthOf(stops)) / SPEED) : MOVE_MS };
}

/** @param {readonly (readonly number[])[]} stops */
function lengthOf(stops) {
  return stops.slice(1).reduce((sum, to, leg) => sum + Math.hypot(...to.map((value, index) => value - stops[leg][index])), 0);
}

/** Where it is after a time. @param {Motion} motion @param {number} passed ms @returns {number[]} */
export const placeAfter = ({ path, ms }, passed) => [...alongPath(path, eased(Math.min(1, Math.max(0, passed / ms))))];

/**
 * Draw at every frame of the screen until a time has passed.
 * @param {number} ms 0 to be there at once
 * @param {(passed: number) => boolean} draw whether to go on
 * @param {() => void} ended once it has run to its end
 * @returns {() => void} stops it where it is
 */
export function animate(ms, draw, ended) {
  const startedAt = performance.now();
  let frame = 0;
  const next = () => {
    const passed = ms ? performance.now() - startedAt : 0;
    const goesOn = draw(ms ? Math.min(passed, ms) : Infinity);
    if (!goesOn) return;
    if (passed < ms) frame = requestAnimationFrame(next);
    else ended();
  };
  next();
  return () => cancelAnimationFrame(frame);
}
