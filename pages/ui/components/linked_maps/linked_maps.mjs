import { onePerElement } from "../../browser/lib/instances.mjs";
import { LinkedStudio } from "./linked_studio.mjs";

/** @import { Component } from "../../browser/lib/types.mjs" */
/** @import { LinkedData } from "./types.mjs" */

/**
 * What the maps are about; when it changes, everything on them does. Not the models' titles, which another language has
 * for the same models. @param {LinkedData} data
 */
const subject = ({ models, mode, examples, runtime }) =>
  JSON.stringify([models.map(({ run, dims }) => [run.id, dims]), mode, examples, runtime]);

/**
 * Maps of several models with one cursor over all.
 * @type {(component: Component<LinkedData>) => () => void}
 */
export default onePerElement((first) => {
  let shown = subject(first.data);
  let studio = new LinkedStudio(first);
  return {
    update(component) {
      const wanted = subject(component.data);
      if (wanted === shown) return studio.update(component);
      studio.destroy();
      shown = wanted;
      studio = new LinkedStudio(component);
    },
    destroy: () => studio.destroy(),
  };
});
