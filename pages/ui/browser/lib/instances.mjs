/** @import { Component } from "./types.mjs" */

/**
 * One living instance for each element that Streamlit mounts a component into.
 *
 * Streamlit calls a component's default export again at every change of its data or theme, and each call returns a
 * clean-up. Normally the newest runs on unmount; but the clean-up of a call that was overtaken while its module was
 * still loading runs at once. So a clean-up counts only if no call has come, or comes right after it.
 *
 * @template D
 * @param {(component: Component<D>) => {update(component: Component<D>): void, destroy(): void}} create
 * @param {(task: () => void) => void} [later]
 * @returns {(component: Component<D>) => () => void}
 */
export function onePerElement(create, later = (task) => void setTimeout(task)) {
  /** @type {WeakMap<HTMLElement, {instance: ReturnType<typeof create>, calls: number}>} */
  const living = new WeakMap();
  return (component) => {
    const element = component.parentElement;
    const known = living.get(element);
    const entry = known ?? { instance: create(component), calls: 0 };
    if (known) known.instance.update(component);
    else living.set(element, entry);
    const call = ++entry.calls;
    return () =>
      later(() => {
        if (entry.calls !== call || living.get(element) !== entry) return;
        living.delete(element);
        entry.instance.destroy();
      });
  };
}
