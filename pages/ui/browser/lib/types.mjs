/**
 * What the components and the server say to each other, and the little of plotly that we use. Types only.
 *
 * @import { RunState } from "./contract.mjs"
 *
 * @typedef {object} RunRef a run as the page names it
 * @property {string} id
 * @property {string} base address under which everything about the run lies, ends in "/"
 * @property {number | null} step newest step that has a decoder, null before the first
 * @property {RunState} state
 * @property {string | null} [error] what is wrong with it, as the page says it
 *
 * @typedef {object} Status `<run.base>status`
 * @property {RunState} state
 * @property {number} step
 * @property {number} total_steps
 * @property {number} epoch
 * @property {number} epochs
 * @property {number | null} [images_per_s]
 * @property {number | null} [eta_s]
 * @property {number | null} [live_step]
 * @property {string | null} [error]
 * @property {number | null} [steps_per_s] slow motion, null at full speed
 * @property {number | null} [place] 0 while it trains, 1 and up in line, null elsewhere
 *
 * @typedef {{light: string, dark: string}} Shade
 * @typedef {{light: string[], dark: string[]}} Shades
 *
 * @typedef {object} Look `pages/ui/draw/palette.py`
 * @property {Shades} classes
 * @property {string[]} symbols
 * @property {Shade} accent
 * @property {Shade} reconstruction
 * @property {Shade} kl
 * @property {Shade} sum
 *
 * @typedef {object} CommonData
 * @property {string} assets
 * @property {RunRef} run
 * @property {Look} look
 *
 * @typedef {[number, number]} Point a place on the map, in units of z
 *
 * @typedef {object} CanvasOnly
 * @property {number} latentDim
 * @property {Point} dims the two dimensions that the map shows at first, counted from 0
 * @property {"dims" | "pca" | "layout"} plane whether it shows these two, the plane of the first two principal components,
 *   or points laid out by t-SNE
 * @property {number[] | null} klPerDim nats of each dimension on the held-out images, null while it trains
 * @property {[number, number, number]} imageShape (C, H, W)
 * @property {string[]} classes
 * @property {string} likelihood
 * @property {boolean} isConditional whether encoder and decoder are told a class
 * @property {string} encoding what to know of how this model encodes an image, "" for nothing
 * @property {number | null} inkShare the longer side of the ink as a share of the image's, null for images not of ink
 * @property {HandleState[]} handles
 * @property {number} active
 * @property {string[]} show
 * @property {Record<string, string>} options what features keep in the address, by the names in `pages/ui/address/state.py`
 * @property {"held-out" | "all"} points
 * @property {boolean} images whether the real images can be fetched
 * @property {boolean} compact
 * @property {{epochs: number} | null} replay of how many epochs the run is, null where nothing can be looked back on
 * @property {number | null} [label] the class to decode for, null where the model knows none or still trains
 * @property {boolean} [runtime] whether the decoder's runtime is installed; when it arrives, the canvas starts anew
 * @typedef {CommonData & CanvasOnly} CanvasData
 *
 * @typedef {object} CurvesOnly
 * @property {number} latentDim
 * @property {boolean} isDeterministic whether images are encoded to points: no KL, and reconstruction is the loss
 * @property {{beta: number | null, learning_rate: number}} settings what was in force at the first step
 * @typedef {CommonData & CurvesOnly} CurvesData
 *
 * @typedef {object} HandleState
 * @property {string} name "" for none
 * @property {number[]} z packed, see `positions.mjs`
 *
 * @typedef {object} HandlesState what Python hears of on release
 * @property {HandleState[]} handles
 * @property {number} active
 * @property {string[]} show what is on the map besides the points, see `options.mjs`
 * @property {Record<string, string>} options as in `CanvasOnly`, "" for what need not stand in the address
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
 *   _fullLayout: {xaxis: PlotlyAxis, yaxis: PlotlyAxis},
 *   on(event: string, listener: (event: any) => void): void,
 * }} PlotlyElement
 *
 * @typedef {object} PlotlyModule
 * @property {(box: HTMLElement, traces: object[], layout: object, config: object) => Promise<PlotlyElement>} newPlot
 * @property {(box: HTMLElement, traces: object[], layout: object, config?: object) => Promise<PlotlyElement>} react
 * @property {(box: HTMLElement, change: object) => Promise<unknown>} relayout
 * @property {(box: HTMLElement, change: object, traces?: number[]) => Promise<unknown>} restyle
 * @property {(box: HTMLElement, change: object, traces: number[]) => Promise<unknown>} extendTraces
 * @property {(box: HTMLElement) => void} purge
 */

export {};
