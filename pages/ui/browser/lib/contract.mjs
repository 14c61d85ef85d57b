/**
 * What Python and the browser both know. Made by `make contract` from the Python that each entry names.
 */

/** @typedef {"queued" | "starting" | "running" | "paused" | "finished" | "stopped" | "failed"} RunState */
/** @typedef {"train" | "held-out" | "pca" | "edit"} RowKind */
/** @typedef {"lattice" | "pictures" | "holes" | "stretch" | "straight" | "spherical" | "geodesic"} Shown */
/** @typedef {"held-out" | "all"} Split */
/** @typedef {"dims" | "pca"} PointsPlane */
/** @typedef {"dims" | "pca" | "layout"} MapPlane */
/** @typedef {"count" | "class" | "column"} HeightKind */
/** @typedef {"number" | "text"} ColumnKind */
/** @typedef {"z" | "input"} LinkMode */
/** @typedef {"early" | "healthy" | "sick"} Mood */

/**
 * @typedef {object} StatusRecord How far a run is. live_step: the step whose decoder and embedding can be fetched now.
 *   Times in unix seconds. beta, learning_rate: in force now, scheduled or edited. steps_per_s: the pace asked for,
 *   None for full speed. diverged_step: where the loss stopped being finite. `vae_core.runs.records.Status`
 * @property {RunState} state
 * @property {number} step
 * @property {number} total_steps
 * @property {number} epoch
 * @property {number} epochs
 * @property {number} images_per_s
 * @property {number | null} eta_s
 * @property {number | null} live_step
 * @property {string | null} error
 * @property {number} created_at
 * @property {number} updated_at
 * @property {number | null} beta
 * @property {number | null} learning_rate
 * @property {number | null} steps_per_s
 * @property {number | null} diverged_step
 */

/**
 * @typedef {object} InLine What is told of a run besides its status. `pages.ui.routes.InLine`
 * @property {number | null} place 0 while it trains, 1 and up in line, null elsewhere.
 */

/**
 * @typedef {object} Change Another run worth trying. label: what to press; settings: those that differ from the run's
 *   own. `vae_core.health.verdict.Change`
 * @property {string} label
 * @property {Record<string, any>} settings
 */

/**
 * @typedef {object} VerdictRecord condition: "healthy", "early", or that of a finding; title: the same in words.
 *   sentence: what was found, with its evidence, numbers with units. meaning: what that says about the run. changes:
 *   one or two runs to try, none if it is healthy. also: sentences on whatever else was found.
 *   `vae_core.health.verdict.Verdict`
 * @property {string} condition
 * @property {string} title
 * @property {string} sentence
 * @property {string} meaning
 * @property {Change[]} changes
 * @property {string[]} also
 */

/**
 * @typedef {object} Coloured What is told of a verdict besides what it says. `pages.ui.server.run_health.Coloured`
 * @property {Mood} mood How to colour it.
 */

/**
 * @typedef {object} Moment An epoch that can be looked back on. `pages.ui.server.artifacts.Moment`
 * @property {number} epoch 0: before the first, principal components stand for the network.
 * @property {number} step
 * @property {number | null} reconstruction_nats Held-out, per image; null in runs from before these were kept.
 * @property {number | null} kl_nats
 * @property {number | null} beta Of a finished model that spans β, which is looked at at some of them instead; its
 *   epochs count them from 1.
 */

/**
 * @typedef {object} PointsRanges What the numbers 0 and 65535 of each coordinate stand for.
 *   `pages.ui.server.map_points.PointsRanges`
 * @property {[number, number]} x
 * @property {[number, number]} y
 */

/**
 * @typedef {object} PointsHeader What a points file says of itself before its points.
 *   `pages.ui.server.map_points.PointsHeader`
 * @property {number} count
 * @property {"train" | "held-out" | "all"} split
 * @property {number} step
 * @property {number[][]} basis Two directions of z, (2, D), orthonormal; of one latent dimension the second is 0.
 * @property {number[]} origin (D,), the latent point that lies at (0, 0).
 * @property {[number, number] | null} shares Of the variance, 0 to 1, along principal components; null on a plane of
 *   dimensions.
 * @property {number} extent What 99 of 100 points reach, the larger of |x| and |y|.
 * @property {PointsRanges} ranges
 * @property {number} labelBytes Of a label: 0 (there are none), 1, 2 or 4.
 * @property {number} indexBytes Of an image number's difference to the one before: 0 (row r is image r), 1, 2 or 4.
 * @property {number[]} chunks Points in each.
 * @property {number} outliers
 */

/**
 * @typedef {object} ListedColumn A column that may be asked for. `vae_core.data.columns.ListedColumn`
 * @property {string} name
 * @property {ColumnKind} kind
 */

/**
 * @typedef {object} ColumnHeader What a column file says of itself before its codes.
 *   `vae_core.data.columns.ColumnHeader`
 * @property {ColumnKind} kind
 * @property {number} bytes Of a code: 1 or 2.
 * @property {[number, number]} range Of a column of numbers, from what code 0 stands for: all of them, but for a few
 *   far away from the others.
 * @property {number} step Between two codes' numbers; 0 where all are one.
 * @property {[boolean, boolean]} beyond Whether there are numbers below and above, which the first and the last code
 *   stand for as well.
 * @property {string[]} values Texts by their codes, the most frequent first; the next code stands for all other texts.
 */

/**
 * @typedef {object} HoleShares Part of the draws from each, 0 to 1, that falls where posteriors that reach their
 *   neighbours leave a hole. `pages.ui.server.map_fits.HoleShares`
 * @property {number} prior
 * @property {number} mixture
 */

/**
 * @typedef {object} Mixture A mixture of K Gaussians fitted to a map in the plane. `pages.ui.server.map_fits.Mixture`
 * @property {number[]} weights Adding up to 1.
 * @property {[number, number][]} means
 * @property {[[number, number], [number, number]][]} covariances
 * @property {number} held_out_nats Mean log density at draws it was not fitted to.
 * @property {HoleShares} in_smoothed_holes
 */

/**
 * @typedef {object} Shade One colour in both themes. `pages.ui.draw.palette.Shade`
 * @property {string} light
 * @property {string} dark
 */

/**
 * @typedef {object} Shades A list of colours in both themes, in the same order. `pages.ui.draw.palette.Shades`
 * @property {string[]} light
 * @property {string[]} dark
 */

/**
 * @typedef {object} Look The colours and marks of everything but runs, as the components get them.
 *   `pages.ui.draw.palette.Look`
 * @property {Shades} classes
 * @property {string[]} symbols Plotly's marker names, one for each class.
 * @property {Shades} scale From little to much.
 * @property {Shade} accent
 * @property {Shade} reconstruction
 * @property {Shade} kl
 * @property {Shade} sum
 */

/**
 * @typedef {object} HandleState A handle on the map, as the address keeps it. `pages.ui.address.state.HandleState`
 * @property {string} name "" for none.
 * @property {number[]} z Packed: two numbers lie on the map, more are the coordinates from the first dimension on.
 */

/**
 * @typedef {object} HandlesState What the canvas reports on release. `pages.ui.address.state.HandlesState`
 * @property {HandleState[]} handles
 * @property {number} active The number of the handle that a click on the map moves, from 0.
 * @property {Shown[]} show What is on the map besides the points.
 * @property {Record<string, string>} options What features keep in the address, by the names in `OPTIONS`, "" for what
 *   need not stand there.
 */

/**
 * @typedef {object} CursorState Where the cursor stands: at a position in latent space, or for an image.
 *   `pages.ui.address.comparison.CursorState`
 * @property {number[]} [z] All D coordinates, where one z leads through all models.
 * @property {number} [image] Its number among the held-out images, where one image does.
 */

/**
 * @typedef {object} CursorReportOwn What the linked maps report on release. `pages.ui.address.comparison.CursorReport`
 * @property {boolean} holes Whether the prior's holes are shaded.
 * @typedef {CursorState & CursorReportOwn} CursorReport
 */

/**
 * @typedef {object} RunRef A run as the page names it. `pages.ui.components.run_data.RunRef`
 * @property {string} id
 * @property {string} base The address under which everything about the run lies, ends in "/".
 * @property {number | null} step The newest step that has a decoder, null before the first.
 * @property {RunState} state
 * @property {string | null} [error] What is wrong with it, as the page says it.
 */

/**
 * @typedef {object} CommonData What every component is told that shows one run.
 *   `pages.ui.components.run_data.CommonData`
 * @property {string} assets The address under which the assets lie, ends in "/".
 * @property {RunRef} run
 * @property {Look} look
 */

/**
 * @typedef {object} Replay A run that can be looked back on. `pages.ui.components.latent_canvas.canvas_data.Replay`
 * @property {number} epochs How many it is to have in all.
 */

/**
 * @typedef {object} HeightsChoice What the second axis of a map of one latent dimension means.
 *   `pages.ui.components.latent_canvas.canvas_data.HeightsChoice`
 * @property {HeightKind} kind
 * @property {string} name The column's, "" for no column.
 */

/**
 * @typedef {object} CanvasDataOwn What the latent canvas is told.
 *   `pages.ui.components.latent_canvas.canvas_data.CanvasData`
 * @property {number} latentDim
 * @property {number[]} dims The two dimensions that the map shows at first, counted from 0; or the only one.
 * @property {HeightsChoice | null} heights Null where the second axis is a dimension like the first.
 * @property {MapPlane} plane Whether it shows these two, the plane of the first two principal components, or points
 *   laid out by t-SNE.
 * @property {number[] | null} klPerDim Nats of each dimension on the held-out images, null while it trains.
 * @property {[number, number, number]} imageShape (C, H, W)
 * @property {string[]} classes
 * @property {string[]} listedClasses The same as legends and lists have them: those of which no image is on the map say
 *   so.
 * @property {string} likelihood
 * @property {boolean} isConditional Whether encoder and decoder are told a class.
 * @property {string} caution What to know before anything is read from where points lie, "" for nothing.
 * @property {string} encoding What to know of how this model encodes an image, "" for nothing.
 * @property {number | null} inkShare The longer side of the ink as a share of the image's, null for images not of ink.
 * @property {HandleState[]} handles
 * @property {number} active The number of the handle that a click on the map moves, from 0.
 * @property {Shown[]} show What is on the map besides the points.
 * @property {Record<string, string>} options What features keep in the address, by the names in `OPTION_PATTERNS`.
 * @property {Split} points Of which images the points are.
 * @property {boolean} images Whether the real images can be fetched.
 * @property {number[] | null} pictured The numbers of those that can be, null for all of them.
 * @property {number | null} [label] The class to decode for, null where the model knows none or still trains.
 * @property {boolean} compact Whether it stands beside the curves, in the smaller arrangement.
 * @property {Replay | null} replay Null where nothing can be looked back on.
 * @property {boolean} [runtime] Whether the decoder's runtime is installed; when it arrives, the canvas starts anew.
 * @typedef {CommonData & CanvasDataOwn} CanvasData
 */

/**
 * @typedef {object} Settings What was in force at the first step. `pages.ui.components.run_data.Settings`
 * @property {number | null} beta Null where the objective has none.
 * @property {number} learning_rate
 */

/**
 * @typedef {object} CurvesDataOwn What the live curves are told. `pages.ui.components.run_data.CurvesData`
 * @property {number} latentDim
 * @property {boolean} isDeterministic Whether images are encoded to points: no KL, and reconstruction is the loss.
 * @property {Settings} settings
 * @typedef {CommonData & CurvesDataOwn} CurvesData
 */

/**
 * @typedef {object} LinkedModelOwn One of the models under the cursor.
 *   `pages.ui.components.linked_maps.linked_data.LinkedModel`
 * @property {string} title
 * @property {boolean} shared Whether it learned the same images as the first of the models.
 * @property {Shade} shade The run's own colour on the page.
 * @typedef {CanvasData & LinkedModelOwn} LinkedModel
 */

/**
 * @typedef {object} LinkedData What the linked maps are told. `pages.ui.components.linked_maps.linked_data.LinkedData`
 * @property {string} assets The address under which the assets lie, ends in "/".
 * @property {LinkMode} mode Whether one place in latent space leads through all models, or one held-out image.
 * @property {CursorState | null} cursor Null for where it starts.
 * @property {boolean} holes Whether the prior's holes are shaded.
 * @property {boolean} examples Whether a table of the same images through each model stands below.
 * @property {LinkedModel[]} models
 * @property {boolean} runtime Whether the decoder's runtime is installed.
 * @property {Record<string, string>} words What the maps say in another language, by the names in `words.mjs`; {} for
 *   English.
 */

/**
 * @typedef {object} DropData What the drop zone is told. `pages.ui.components.drop_zone.DropData`
 * @property {string} address Where files are sent to.
 * @property {number} mostBytes How many are taken in one go.
 */

/**
 * @typedef {object} Received What has arrived on the server. `pages.ui.components.drop_zone.Received`
 * @property {string} id Under which the server keeps it.
 * @property {string} name Of the folder or the file.
 */

/**
 * @typedef {object} MaskData What the brush is told. `pages.ui.components.mask_brush.MaskData`
 * @property {number} rows Of cells.
 * @property {number} columns Of cells.
 * @property {string} mask What is painted, as `vae_core.apply.repair.damage.mask_text` writes it; "" for nothing.
 * @property {string} image A data address of what is painted on.
 */

/** @typedef {StatusRecord & InLine} Status */

/** @typedef {VerdictRecord & Coloured} Verdict */

/**
 * @typedef {object} MetricsRow A row of a run's metrics. `vae_core.runs.records.COLUMNS`
 * @property {RowKind} split
 * @property {number} step steps
 * @property {number} [epoch] epochs
 * @property {number} [reconstruction_nats] nats per image in rows of train and held-out and pca
 * @property {number} [kl_nats] nats per image in rows of train and held-out and pca
 * @property {number} [loss_nats] nats per image in rows of train
 * @property {number} [images_per_s] images per second in rows of train
 * @property {number[]} [kl_per_dim_nats] nats per image in rows of held-out
 * @property {number} [active_units] dimensions in rows of held-out
 * @property {number[]} [sigma_per_dim]  in rows of held-out
 * @property {number} [saturated_share]  in rows of held-out
 * @property {number} [idle_kl_nats] nats per image in rows of held-out
 * @property {number} [mig]  in rows of held-out
 * @property {number} [dci]  in rows of held-out
 * @property {Record<string, number>} [data]  in rows of held-out
 * @property {number} [beta]  in rows of edit
 * @property {number} [learning_rate]  in rows of edit
 * @property {number} [elapsed_s] seconds
 */

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

/** Of mu and logvar, in one answer: of more images every k-th is sent. `pages.ui.server.artifacts.POSTERIOR_BYTES` */
export const POSTERIOR_BYTES = 16777216;

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
  hidden: /^(?:\d{1,3}(,\d{1,3}){0,999})$/,
  colour: /^(?:[^\x00-\x1f\x7f]{1,200})$/,
  only: /^(?:(-?\d{1,22}(\.\d{1,22})?(e[-+]?\d{1,3})?)?~(-?\d{1,22}(\.\d{1,22})?(e[-+]?\d{1,3})?)?|\d{1,3}(,\d{1,3}){0,15})$/,
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
  metrics: (base, query) => withQuery(`${base}rows`, query),
  /** @param {string} base */
  verdict: (base) => `${base}verdict`,
  /** @param {string} base @param {number} step @param {{label?: number | null}} [query] */
  decoder: (base, step, query) => withQuery(`${base}decoder/${step}`, query),
  /** @param {string} base @param {number} step @param {{label?: number | null}} [query] */
  encoder: (base, step, query) => withQuery(`${base}encoder/${step}`, query),
  /** @param {string} base @param {number} step @param {{split?: Split | null}} [query] */
  embedding: (base, step, query) => withQuery(`${base}embedding/${step}`, query),
  /** @param {string} base @param {number} step @param {{split?: Split | null, plane?: PointsPlane | null, dims?: string | null}} [query] */
  points: (base, step, query) => withQuery(`${base}points/${step}`, query),
  /** @param {string} base */
  images: (base) => `${base}images`,
  /** @param {string} base @param {{numbers?: string, split?: Split | null}} [query] */
  thumbnails: (base, query) => withQuery(`${base}thumbnails`, query),
  /** @param {string} base */
  columns: (base) => `${base}columns`,
  /** @param {string} base @param {{name?: string, split?: Split | null}} [query] */
  column: (base, query) => withQuery(`${base}column`, query),
  /** @param {string} base */
  snapshots: (base) => `${base}snapshots`,
  /** @param {string} base @param {number} epoch @param {{label?: number | null}} [query] */
  snapshotDecoder: (base, epoch, query) => withQuery(`${base}snapshots/${epoch}/decoder`, query),
  /** @param {string} base @param {number} epoch @param {{label?: number | null}} [query] */
  snapshotEncoder: (base, epoch, query) => withQuery(`${base}snapshots/${epoch}/encoder`, query),
  /** @param {string} base @param {number} epoch */
  snapshotEmbedding: (base, epoch) => `${base}snapshots/${epoch}/embedding`,
  /** @param {string} base @param {number} epoch @param {{plane?: PointsPlane | null, dims?: string | null}} [query] */
  snapshotPoints: (base, epoch, query) => withQuery(`${base}snapshots/${epoch}/points`, query),
  /** @param {string} base @param {{step?: number}} [query] */
  lattice: (base, query) => withQuery(`${base}lattice.png`, query),
  /** @param {string} base */
  layout: (base) => `${base}layout/tsne`,
  /** @param {string} base @param {{components?: number}} [query] */
  mixture: (base, query) => withQuery(`${base}mixture`, query),
};
