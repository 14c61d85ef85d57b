// A page with a map on it, and points for it: ten classes, each normal about a place on a circle. Run by map_points.py.
async ([assets, count]) => {
  const [{ LatentMap }, { loadPlotly }] = await Promise.all([import(assets + "ui/browser/map/map.mjs"),
    import(assets + "ui/browser/lib/fetching.mjs")]);
  document.body.innerHTML = `<div class="ls-map" style="position: relative; width: 652px; height: 652px">
    <div class="ls-plot" style="position: absolute; inset: 0"></div>
    <canvas class="ls-points" style="position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none"></canvas>
    </div><style>.ls-hover { position: absolute; width: 0; height: 0; overflow: visible; pointer-events: none }</style>`;
  const [box, plot, points] = [".ls-map", ".ls-plot", ".ls-points"].map((name) => document.querySelector(name));
  const classes = Array.from({ length: 10 }, (_, label) => String(label));
  const colors = ["#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499", "#bbbbbb"];
  const symbols = ["circle", "square", "diamond", "triangle-up", "triangle-down", "pentagon", "cross", "x", "star", "hexagon"];
  const theme = { dark: false, ground: "#fff", ink: "#111", muted: "#555", accent: "#c40", grid: "#eee", font: "sans-serif" };
  const style = { classes, colors, symbols, names: ["z1", "z2"], theme, isShown: () => true };
  window.map = new LatentMap({ box, plot, points }, style, () => {}, null);
  await window.map.open(await loadPlotly(assets), null);
  await window.map.dress(style);
  let seed = 1;
  const uniform = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const [x, y, labels] = [new Float32Array(count), new Float32Array(count), new Uint8Array(count)];
  for (let row = 0; row < count; row++) {
    const [radius, angle, label] = [Math.sqrt(-2 * Math.log(uniform())) * 0.6, 6.2832 * uniform(), Math.floor(10 * uniform())];
    labels[row] = label;
    x[row] = radius * Math.cos(angle) + 1.6 * Math.cos(0.628 * label);
    y[row] = radius * Math.sin(angle) + 1.6 * Math.sin(0.628 * label);
  }
  const index = Int32Array.from({ length: count }, (_, row) => row);
  const { ordered = (points) => points } = await import(assets + "ui/browser/model/embedding.mjs"); // 0.1.0 has none
  window.embedding = ordered({ count, latentDim: 2, x, y, labels, index, split: "all", extent: 4 });
}
