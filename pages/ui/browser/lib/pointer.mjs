import { hold } from "./idle.mjs";
import { ownWay } from "./own_pixels.mjs";

/**
 * @typedef {object} Dragging
 * @property {(event: PointerEvent) => void} grab
 * @property {(dx: number, dy: number, event: PointerEvent) => void} move pixels since the grab, the element's own
 * @property {() => void} drop
 */

/**
 * Make an element draggable by mouse, pen or finger. One pointer at a time; it is captured, so a drag goes on outside
 * the element, and a pointer that the browser takes away (a call, a gesture) drops it where it is.
 *
 * @param {HTMLElement} element its CSS should say `touch-action: none`
 * @param {Dragging} dragging
 * @returns {() => void} stops listening
 */
export function draggable(element, { grab, move, drop }) {
  /** @type {{id: number, x: number, y: number, own: ReturnType<typeof ownWay>} | null} */
  let held = null;
  let over = () => {};

  /** @param {PointerEvent} event */
  const down = (event) => {
    if (held || event.button !== 0) return;
    held = { id: event.pointerId, x: event.clientX, y: event.clientY, own: ownWay(element) };
    over = hold();
    element.setPointerCapture(event.pointerId);
    event.preventDefault(); // no text selection, no page scroll, no mouse events for plotly underneath
    grab(event);
  };
  /** @param {PointerEvent} event */
  const moved = (event) => {
    if (held?.id !== event.pointerId) return;
    move(...held.own(event.clientX - held.x, event.clientY - held.y), event);
  };
  /** @param {PointerEvent} event */
  const up = (event) => {
    if (held?.id !== event.pointerId) return;
    held = null;
    over();
    drop();
  };
  const stop = listen(element, { pointerdown: down, pointermove: moved, pointerup: up, lostpointercapture: up });
  return () => (over(), stop());
}

const TAP_PIXELS = 6;
const TAP_MS = 600;

/**
 * Tell taps from drags on a surface where somebody else (plotly) handles the drags.
 * @param {HTMLElement} surface
 * @param {(event: PointerEvent) => void} tapped gets the event of letting go
 * @param {EventTarget} world where letting go is listened for: plotly covers the page while it drags
 * @returns {() => void} stops listening
 */
export function tappable(surface, tapped, world = window) {
  /** @type {PointerEvent | null} */
  let start = null;
  /** @param {PointerEvent} event */
  const down = (event) => {
    start = event.isPrimary && event.button === 0 ? event : null;
  };
  /** @param {PointerEvent} event */
  const up = (event) => {
    if (start && start.pointerId === event.pointerId && isTap(start, event)) tapped(event);
    start = null;
  };
  const cancel = () => {
    start = null;
  };
  const stops = [
    listen(surface, { pointerdown: down }, { capture: true }),
    listen(world, { pointerup: up, pointercancel: cancel }, { capture: true }),
  ];
  return () => stops.forEach((stop) => stop());
}

/** @param {PointerEvent} from @param {PointerEvent} to @returns {boolean} */
function isTap(from, to) {
  const distance = Math.hypot(to.clientX - from.clientX, to.clientY - from.clientY);
  return distance < TAP_PIXELS && to.timeStamp - from.timeStamp < TAP_MS;
}

/**
 * @param {EventTarget} target @param {Record<string, (event: any) => void>} listeners
 * @param {AddEventListenerOptions} [options]
 * @returns {() => void} removes them all
 */
export function listen(target, listeners, options) {
  const all = Object.entries(listeners);
  for (const [type, listener] of all) target.addEventListener(type, listener, options);
  return () => all.forEach(([type, listener]) => target.removeEventListener(type, listener, options));
}
