/**
 * What the page sends to the linked maps. Types only.
 *
 * @import { CanvasData } from "../../browser/lib/types.mjs"
 *
 * @typedef {"z" | "input"} LinkMode "z": the same place in every latent space. "input": the same held-out image
 *
 * @typedef {object} ModelOnly
 * @property {string} title
 * @property {string} dataset
 * @property {boolean} isConditional whether the decoder decodes for a class
 * @property {{light: string, dark: string}} shade the run's own colour on the page
 * @typedef {CanvasData & ModelOnly} LinkedModel
 *
 * @typedef {object} CursorState what Python is sent on release, and gives back
 * @property {number[]} [z] all D coordinates, in mode "z"
 * @property {number} [image] its number among the held-out images, in mode "input"
 *
 * @typedef {object} LinkedData
 * @property {string} assets
 * @property {LinkMode} mode
 * @property {CursorState | null} cursor null for where it starts
 * @property {boolean} holes whether the prior's holes are shaded
 * @property {boolean} examples whether a table of the same images through each model stands below
 * @property {LinkedModel[]} models
 * @property {boolean} runtime whether the decoder's runtime is installed
 */

export {};
