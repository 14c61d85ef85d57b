/**
 * From the window's pixels, in which pointers are told, to an element's own, in which it is laid out: they differ where
 * CSS `zoom` or a transform lies around the page.
 */

/** @typedef {[number, number, number, number]} Turn a, b, c, d of CSS's matrix: (x, y) to (ax + cy, bx + dy) */

const MATRIX = /^matrix(3d)?\((.*)\)$/;

/** What an element's style does to lengths in it. @param {Pick<CSSStyleDeclaration, "transform" | "scale" | "rotate">} style @returns {Turn} */
function turnOf({ transform, scale = "none", rotate = "none" }) {
  const [, is3d, text = ""] = MATRIX.exec(transform) ?? [];
  const numbers = text.split(",").map(Number);
  const own = /** @type {Turn} */ (!text ? [1, 0, 0, 1] : (is3d ? [0, 1, 4, 5] : [0, 1, 2, 3]).map((at) => numbers[at]));
  const [across, up = across] = scale.split(" ").map((part) => (part === "none" ? 1 : Number(part)));
  const angle = /^-?[\d.]+deg$/.test(rotate) ? (parseFloat(rotate) * Math.PI) / 180 : 0;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return both(both([cos, sin, -sin, cos], [across, 0, 0, up]), own);
}

/** The inner one first. @param {Turn} outer @param {Turn} inner @returns {Turn} */
function both([a, b, c, d], [e, f, g, h]) {
  return [a * e + c * f, b * e + d * f, a * g + c * h, b * g + d * h];
}

/**
 * What a way on the window is in an element's own pixels. It stays right as long as nobody changes the page's CSS.
 * @param {Element} element
 * @returns {(dx: number, dy: number) => [number, number]}
 */
export function ownWay(element) {
  /** @type {Turn} */
  let turn = [1, 0, 0, 1];
  for (let at = /** @type {Element | null} */ (element); at; at = at.parentElement ?? hostOf(at)) {
    const style = getComputedStyle(at);
    if (style.transform !== "none" || style.scale !== "none" || style.rotate !== "none") turn = both(turnOf(style), turn);
  }
  const zoom = "currentCSSZoom" in element ? Number(element.currentCSSZoom) : 1;
  const [a, b, c, d] = turn.map((each) => each * zoom);
  const area = a * d - b * c || 1;
  return (dx, dy) => [(d * dx - c * dy) / area, (a * dy - b * dx) / area];
}

/** @param {Element} element the root of a shadow's tree, or of the page */
function hostOf(element) {
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/**
 * Where a place of the window lies on an element: an element's middle is that of the box around it, however it is turned.
 * @param {HTMLElement} element without a border
 * @param {{clientX: number, clientY: number}} place
 * @returns {[number, number]} its own pixels from its upper left corner
 */
export function ownPlace(element, { clientX, clientY }) {
  const { left, top, width, height } = element.getBoundingClientRect();
  const [x, y] = ownWay(element)(clientX - left - width / 2, clientY - top - height / 2);
  return [x + element.offsetWidth / 2, y + element.offsetHeight / 2];
}
