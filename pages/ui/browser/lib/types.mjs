/**
 * Types of the browser's own: what Streamlit passes, and the little of plotly that we use.
 *
 * @typedef {[number, number]} Point a place on the map, in units of z
 */

/**
 * @template D
 * @typedef {object} Component what Streamlit passes to a component's default export
 * @property {D} data
 * @property {HTMLElement} parentElement
 * @property {(name: string, value: unknown) => void} setStateValue
 * @property {(name: string, value: unknown) => void} setTriggerValue Python sees it once
 */

/**
 * @typedef {{range: Point, _offset: number, _length: number}} PlotlyAxis
 * @typedef {HTMLElement & {
 *   layout: Record<string, any>, data: Record<string, any>[],
 *   _fullLayout: {xaxis: PlotlyAxis, yaxis: PlotlyAxis, _invScaleX: number, _invScaleY: number},
 *   on(event: string, listener: (event: any) => void): void,
 * }} PlotlyElement
 *
 * @typedef {object} PlotlyModule
 * @property {(box: HTMLElement, traces: object[], layout: object, config: object) => Promise<PlotlyElement>} newPlot
 * @property {(box: HTMLElement, traces: object[], layout: object, config?: object) => Promise<PlotlyElement>} react
 * @property {(box: HTMLElement, change: object) => Promise<unknown>} relayout
 * @property {(box: HTMLElement, change: object, traces?: number[]) => Promise<unknown>} restyle
 * @property {(box: HTMLElement, change: object, traces: number[]) => Promise<unknown>} extendTraces
 * @property {(box: HTMLElement, how: object) => Promise<string>} toImage a data address
 * @property {(box: HTMLElement) => void} purge
 */

export {};
