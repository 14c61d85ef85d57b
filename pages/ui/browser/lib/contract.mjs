/**
 * What Python and the browser both know. Made by `make contract` from the Python that each entry names.
 */

/** @typedef {"queued" | "starting" | "running" | "paused" | "finished" | "stopped" | "failed"} RunState */
/** @typedef {"lattice" | "pictures" | "holes" | "stretch" | "straight" | "spherical" | "geodesic"} Shown */
/** @typedef {"held-out" | "all"} Split */

/** States of a run that will not change any more. `vae_core.runs.records.FINAL` */
export const FINAL_STATES = /** @type {const} */ (["finished", "stopped", "failed"]);

/**
 * q is this many nats under p in a hole: a twentieth of the images that the prior would have there. The factor is ours;
 *   this is the one place in Python where it stands. `vae_core.latent.aggregate_posterior.HOLE_NATS`
 */
export const HOLE_NATS = -2.995732273553991;

/** The log variance of an image that is encoded to a point: a σ of e⁻³⁰. `vae_core.architecture.layers.POINT_LOGVAR` */
export const POINT_LOGVAR = -60.0;

/** Nats: a dimension whose mean KL is less tells nothing of the image. `vae_core.health.checks_latent.COLLAPSED_KL` */
export const INACTIVE_NATS = 0.01;

/**
 * Of a run's steps: before that, figures still fall by themselves and say nothing about how it will end.
 *   `vae_core.health.evidence.EARLY_SHARE`
 */
export const EARLY_SHARE = 0.05;

/** Gaussians in a mixture. `vae_core.latent.mixtures.MOST_COMPONENTS` */
export const MOST_COMPONENTS = 40;

/**
 * The longer side of the ink as a share of the image's: MNIST's digits were scaled to 20 of 28 pixels.
 *   `pages.ui.components.latent_canvas.canvas_data.INK_SHARE`
 */
export const INK_SHARE = 0.7142857142857143;

/** The settings that an edit can change, as a mark on the curves names them. `pages.ui.draw.charts.NAMES` */
export const SETTING_NAMES = {
  beta: "β",
  learning_rate: "rate",
};

/** Real images in one answer. `pages.ui.server.images.MOST_IMAGES` */
export const MOST_IMAGES_PER_REQUEST = 1024;

/** Decimals of a coordinate in the address. `pages.ui.address.positions.DECIMALS` */
export const DECIMALS = 4;

/** A coordinate of more than this comes from a mistyped URL, not from a map. `pages.ui.address.positions.LIMIT` */
export const FARTHEST = 1000000.0;

/** Handles on a map. `pages.ui.address.state.MOST_HANDLES` */
export const MOST_HANDLES = 12;

/** Characters of a handle's name. `pages.ui.address.state.LONGEST_NAME` */
export const LONGEST_NAME = 24;

/** Corners of an outline that is drawn around points. `pages.ui.address.state.FEWEST_CORNERS` */
export const FEWEST_CORNERS = 3;

/** Corners of an outline that the address keeps. `pages.ui.address.state.MOST_CORNERS` */
export const MOST_CORNERS = 24;

/** All there is to switch on. `pages.ui.address.state.SHOWN` */
export const SHOWN = /** @type {const} */ ([
  "lattice", "pictures", "holes", "stretch", "straight", "spherical", "geodesic"
]);

/**
 * What the canvas's features keep in the address beside these: name to the pattern of the whole text.
 *   `pages.ui.address.state.OPTIONS`
 */
export const OPTION_PATTERNS = {
  view: /^(?:-?\d{1,7}(\.\d{1,4})?,-?\d{1,7}(\.\d{1,4})?,-?\d{1,7}(\.\d{1,4})?)$/,
  hidden: /^(?:\d{1,3}(,\d{1,3}){0,99})$/,
  encode: /^(?:\d{1,6})$/,
  arrow: /^(?:(c\d{1,3}|(-?\d{1,7}(\.\d{1,4})?,){5,47}-?\d{1,7}(\.\d{1,4})?)~(c\d{1,3}|(-?\d{1,7}(\.\d{1,4})?,){5,47}-?\d{1,7}(\.\d{1,4})?)~-?\d(\.\d{1,2})?)$/,
  present: /^(?:\d{1,3})$/,
  epoch: /^(?:\d{1,7}@[0-9a-z-]{1,8})$/,
};

/** The plotting library's asset. `pages.ui.server.assets.PLOTLY` */
export const PLOTLY = "plotly.js";

/** The GIF encoder's asset. `pages.ui.server.assets.GIFENC` */
export const GIFENC = "gifenc.mjs";

/**
 * The decoder's runtime: what is imported, then what that fetches; assets below "ort/".
 *   `pages.ui.server.assets.RUNTIME`
 */
export const RUNTIME = /** @type {const} */ ([
  "ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"
]);

/** @param {string} path @param {Record<string, string | number | null | undefined>} [query] null: not asked */
function withQuery(path, query = {}) {
  const asked = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  return asked.length ? `${path}?${asked.map(([name, value]) => `${name}=${value}`).join("&")}` : path;
}

/** What lies below a run's address (`RunRef`'s base): `pages.ui.server.urls.RUN_ROUTES`. */
export const runAddress = {
  /** @param {string} base */
  status: (base) => `${base}status`,
  /** @param {string} base @param {{offset?: number}} [query] */
  metrics: (base, query) => withQuery(`${base}metrics`, query),
  /** @param {string} base */
  verdict: (base) => `${base}verdict`,
  /** @param {string} base @param {number} step @param {{label?: number | null}} [query] */
  decoder: (base, step, query) => withQuery(`${base}decoder/${step}`, query),
  /** @param {string} base @param {number} step @param {{label?: number | null}} [query] */
  encoder: (base, step, query) => withQuery(`${base}encoder/${step}`, query),
  /** @param {string} base @param {number} step @param {{split?: Split | null}} [query] */
  embedding: (base, step, query) => withQuery(`${base}embedding/${step}`, query),
  /** @param {string} base */
  images: (base) => `${base}images`,
  /** @param {string} base @param {{numbers?: string, split?: Split | null}} [query] */
  thumbnails: (base, query) => withQuery(`${base}thumbnails`, query),
  /** @param {string} base */
  snapshots: (base) => `${base}snapshots`,
  /** @param {string} base @param {number} epoch @param {{label?: number | null}} [query] */
  snapshotDecoder: (base, epoch, query) => withQuery(`${base}snapshots/${epoch}/decoder`, query),
  /** @param {string} base @param {number} epoch @param {{label?: number | null}} [query] */
  snapshotEncoder: (base, epoch, query) => withQuery(`${base}snapshots/${epoch}/encoder`, query),
  /** @param {string} base @param {number} epoch */
  snapshotEmbedding: (base, epoch) => `${base}snapshots/${epoch}/embedding`,
  /** @param {string} base */
  layout: (base) => `${base}layout/tsne`,
  /** @param {string} base @param {{components?: number}} [query] */
  mixture: (base, query) => withQuery(`${base}mixture`, query),
};
