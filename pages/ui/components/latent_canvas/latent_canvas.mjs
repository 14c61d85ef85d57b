import { onePerElement } from "../../browser/lib/instances.mjs";
import { withoutPositions } from "./features/kept_view/kept_view.mjs";
import { Studio } from "./studio.mjs";

/** @import { CanvasData } from "../../browser/lib/contract.mjs" */
/** @import { Component } from "../../browser/lib/types.mjs" */

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
