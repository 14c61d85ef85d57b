/** @import { Tour } from "./tour.mjs" */

/**
 * The tours that come with the shipped models, by run: what a VAE is, in ninety seconds. Places are latent coordinates of
 * that very model; saved from presenter's mode, a tour has the same form.
 * @type {Record<string, Tour>}
 */
export const TOURS = {
  mnist: {
    tour: "What a variational autoencoder knows of digits",
    run: "mnist",
    steps: [
      {
        title: "Ten thousand digits on one map",
        say: "Each mark is a handwritten digit, new to the model. It placed them all by itself: nobody told it which is a three.",
        handles: [{ z: [0, 0] }, { z: [-1.2, 0.8] }, { z: [1.2, -0.8] }],
        view: "all",
        show: [],
      },
      {
        title: "Every place is an image",
        say: "The decoder turns any place on the map into an image: here a zero, a one and a seven, copied from nowhere.",
        handles: [{ z: [1.85, 1.5] }, { z: [-2.15, 0.6] }, { z: [0.6, -2.2] }],
        active: 1,
      },
      {
        title: "Drag through the digits",
        say: "By six, two, three and eight to the one: the image never breaks, because neighbours on the map look alike.",
        handles: [{ z: [-2.15, 0.6] }, { z: [1.2, -0.8] }, { z: [0.6, -2.2] }],
        along: [[0.9, 1.6], [-0.2, 1.6], [0.45, 0.35], [-0.24, 0.34], [-1.0, 0]],
      },
      {
        title: "A path has a film",
        say: "Between two handles lies what is between two digits: every frame is decoded from a point on the line.",
        handles: [{ name: "zero", z: [1.85, 1.5] }, { name: "nine", z: [0.3, -1.1] }],
        show: ["straight"],
        film: true,
      },
      {
        title: "All it can draw, at a glance",
        say: "Images decoded from an even grid: the whole repertoire in one picture, a style for every place.",
        handles: [{ z: [0, 0] }],
        show: ["lattice"],
      },
      {
        title: "Come closer",
        say: "The grid grows finer. Between the sixes and the twos a stroke closes or opens by degrees.",
        handles: [{ z: [0.75, 0.85] }],
        view: { x: [-0.25, 1.75], y: [-0.15, 1.85] },
      },
      {
        title: "What a distribution is",
        say: "Training holds all points to one bell, crowded in the middle, thin outside. Eight places drawn from it: new digits.",
        handles: [
          { z: [0.3, 0.35] }, { z: [-0.95, 0.15] }, { z: [1.4, 1.15] }, { z: [-0.5, -1.2] },
          { z: [0.9, -1.9] }, { z: [-1.9, 0.3] }, { z: [-0.1, 1.6] }, { z: [-0.6, -0.45] },
        ],
        view: "all",
        show: [],
      },
      {
        title: "Where the map has holes",
        say: "Shaded blue: the bell expects digits here, and there are hardly any. What a hole decodes to is neither one nor another.",
        handles: [{ z: [-1.8, -1.5] }],
        show: ["holes"],
      },
      {
        title: "Now take a handle yourself",
        say: "Drag it anywhere: every image is decoded in your browser, as fast as you move.",
        handles: [{ z: [0, 0] }, { z: [-1.2, 0.8] }, { z: [1.2, -0.8] }],
        show: [],
      },
    ],
  },
  digits: {
    tour: "What a variational autoencoder makes of 64 pixels",
    run: "digits",
    steps: [
      {
        title: "Three hundred small digits on one map",
        say: "Each mark is an image of eight by eight pixels, new to the model: 64 grey values have become two coordinates.",
        handles: [{ z: [-1.25, -0.77] }, { z: [1.5, 0.65] }, { z: [0.05, 0.65] }],
        view: "all",
        show: [],
      },
      {
        title: "Every place is an image",
        say: "The decoder turns two coordinates back into 64 pixels: here a four, a two and a five, copied from nowhere.",
        handles: [{ z: [1, -1.3] }, { z: [-0.6, 1.4] }, { z: [0.25, 0.03] }],
        active: 1,
      },
      {
        title: "Drag through the digits",
        say: "From zero by six, four and seven to the one: no step is a jump, for the decoder is a smooth function of its place.",
        handles: [{ z: [1.1, 1.6] }, { z: [-0.6, 1.4] }, { z: [0.25, 0.03] }],
        along: [[-1.25, -0.77], [-0.14, -1.35], [1, -1.3], [1.5, 0.65]],
      },
      {
        title: "A path has a film",
        say: "Between a zero and a seven lies what is between the two: every frame is decoded from a point on the line.",
        handles: [{ name: "zero", z: [-1.25, -0.77] }, { name: "seven", z: [1.5, 0.65] }],
        show: ["straight"],
        film: true,
      },
      {
        title: "All it can draw, at a glance",
        say: "Images decoded from an even grid: all ten digits, each in a region of its own, large for some and narrow for others.",
        handles: [{ z: [0.05, 0.65] }],
        show: ["lattice"],
      },
      {
        title: "Real and decoded",
        say: "The real images at their points are sharp; decoded ones are their average nearby, softer the more kinds meet there.",
        handles: [{ z: [-0.6, 0] }],
        view: { x: [-1.6, 0.4], y: [-1, 1] },
        show: ["pictures"],
      },
      {
        title: "Now take a handle yourself",
        say: "Drag it anywhere, or draw a digit under Encode and see where the model puts it.",
        handles: [{ z: [-1.25, -0.77] }, { z: [1.5, 0.65] }, { z: [0.05, 0.65] }],
        view: "all",
        show: [],
      },
    ],
  },
};
