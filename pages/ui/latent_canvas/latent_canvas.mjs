import { onePerElement } from "../shared/instances.mjs";
import { Studio } from "./studio.mjs";

/** @import { CanvasData, Component } from "../shared/types.mjs" */

/** What the canvas is about; when it changes, everything on it does. @param {CanvasData} data */
const subject = ({ run, points, dims, plane, imageShape, runtime }) =>
  JSON.stringify([run.id, points, dims, plane, imageShape, runtime]);

/**
 * A map of latent space with handles to drag, and the images they stand for.
 * @type {(component: Component<CanvasData>) => () => void}
 */
export default onePerElement((first) => {
  let shown = subject(first.data);
  let studio = new Studio(first);
  return {
    update(component) {
      const wanted = subject(component.data);
      if (wanted === shown) return studio.update(component);
      studio.destroy();
      shown = wanted;
      studio = new Studio(component);
    },
    destroy: () => studio.destroy(),
  };
});
