"""Points laid out in the plane by t-SNE, in sight: a sample of them first, all around it, and then step by step.

Sources: van der Maaten & Hinton 2008; the repulsion by a grid and the Fourier transform, Linderman et al. 2019 (arXiv
1712.09005); a sample first, Kobak & Berens 2019 (bioRxiv 453449); the step size, Belkina et al. 2019.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import fft, sparse

Array = npt.NDArray[np.float32]

PERPLEXITY = 30.0
NEIGHBOURS = 3
"""Times the perplexity, whom a point is drawn to: beyond them its affinities are next to nothing."""
SAMPLE = 2000
"""Points that are laid out first, where there are more than twice as many."""
NEAREST = 5
"""Of the sample, between which each other point begins."""
SPACING = 0.5
"""Of the grid; the kernel's width is 1."""
GRID_STEP = 16
"""A grid grows by so many places a side: each size needs kernels of its own."""
SHOWN_EVERY = 25
LEAST_RATE = 50.0
_BLOCK = 512
_START = 1e-4
_JITTER = 0.01


class Phase(NamedTuple):
    """Steps of the descent, how much stronger than it is attraction counts in them, and the momentum."""

    steps: int
    exaggeration: float
    momentum: float


FROM_COMPONENTS = (Phase(250, 12.0, 0.5), Phase(500, 1.0, 0.8))
OF_SAMPLE = (Phase(100, 12.0, 0.5), Phase(150, 1.0, 0.8))
FROM_SAMPLE = (Phase(40, 4.0, 0.5), Phase(460, 1.0, 0.8))


def layouts(points: npt.NDArray[Any], perplexity: float = PERPLEXITY) -> Iterator[Array]:
    """Points (n, D), of a standard deviation near 1 -> (n, 2), again and again, better each time; the last is to stay.

    The same for the same points. perplexity: at most (n − 1) / 3.
    """
    points = np.ascontiguousarray(points, dtype=np.float32)
    if len(points) <= 2 * SAMPLE:
        yield from _descended(affinities(points, perplexity), _components(points), FROM_COMPONENTS)
        return
    rows = np.arange(SAMPLE) * len(points) // SAMPLE
    sample = points[rows]
    *_, laid_out = _descended(affinities(sample, perplexity), _components(sample), OF_SAMPLE)
    placed = _around(points, rows, laid_out)
    yield placed
    yield from _descended(affinities(points, perplexity), placed, FROM_SAMPLE)


def affinities(points: Array, perplexity: float) -> sparse.csr_matrix:
    """How much two points are to be drawn to each other: (n, n), above the diagonal alone; both halves add up to 1."""
    count = len(points)
    near = min(count - 1, int(NEIGHBOURS * perplexity))
    nearest, squares = _neighbours(points, points, near, but_itself=True)
    shares = _of_entropy(squares.astype(np.float64), math.log(perplexity))
    ends = np.arange(0, count * near + 1, near)
    one_way = sparse.csr_matrix((shares.ravel(), nearest.ravel(), ends), shape=(count, count))
    return sparse.triu((one_way + one_way.T) / (2 * count), 1, format="csr").astype(np.float32)


def _of_entropy(squares: npt.NDArray[np.float64], nats: float) -> npt.NDArray[np.float64]:
    """Each row's weights exp(−rate · squares), adding up to 1, the rate such that their entropy is this."""
    squares = squares - squares.min(axis=1, keepdims=True)
    low, high = np.zeros(len(squares)), np.full(len(squares), np.inf)
    rate = 1 / np.maximum(squares.mean(axis=1), 1e-12)
    for _ in range(60):
        weights = np.exp(-squares * rate[:, None])
        total = weights.sum(axis=1)
        entropy = np.log(total) + rate * (squares * weights).sum(axis=1) / total
        if np.abs(entropy - nats).max() < 1e-4:
            break
        low, high = np.where(entropy > nats, rate, low), np.where(entropy > nats, high, rate)
        rate = np.where(np.isinf(high), 2 * rate, (low + high) / 2)
    return np.asarray(weights / total[:, None])


def _neighbours(
    points: Array, among: Array, count: int, *, but_itself: bool = False
) -> tuple[npt.NDArray[np.int32], Array]:
    """The nearest of `among` for each point, in no order: their rows and squared distances, (n, count) each."""
    lengths = (among * among).sum(axis=1)
    nearest = np.empty((len(points), count), dtype=np.int32)
    squares = np.empty((len(points), count), dtype=np.float32)
    for start in range(0, len(points), _BLOCK):
        some = points[start : start + _BLOCK]
        apart = lengths - 2 * (some @ among.T) + (some * some).sum(axis=1)[:, None]
        if but_itself:
            apart[np.arange(len(some)), np.arange(start, start + len(some))] = np.inf
        found = np.argpartition(apart, count - 1, axis=1)[:, :count]
        nearest[start : start + _BLOCK] = found
        squares[start : start + _BLOCK] = np.take_along_axis(apart, found, axis=1).clip(min=0)
    return nearest, squares


def _components(points: Array) -> Array:
    """The first two principal components, small, as sklearn begins: (n, 2)"""
    centred = points - points.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T.astype(np.float64) @ centred)
    found = centred @ axes[:, ::-1][:, :2]
    return np.asarray(_START * found / max(found[:, 0].std(), 1e-12), dtype=np.float32)


def _around(points: Array, rows: npt.NDArray[np.int_], laid_out: Array) -> Array:
    """All points among the laid-out sample: each between those that are nearest to it. (n, 2)"""
    nearest, squares = _neighbours(points, points[rows], NEAREST)
    weights = 1 / (squares + 1e-6 * max(float(squares.mean()), 1e-12))
    weights /= weights.sum(axis=1, keepdims=True)
    placed = np.einsum("nk,nkd->nd", weights, laid_out[nearest])
    noise = np.random.default_rng(0).standard_normal(placed.shape)  # two that are alike may not lie on one spot
    return np.asarray(placed + _JITTER * noise, dtype=np.float32)


class Repulsion:
    """Σ_j k(y_i − y_j)² (y_i − y_j) / Σ_ij k(y_i − y_j) for k(d) = 1 / (1 + |d|²), by convolutions on a grid.

    Few points lie far apart: where the grid would have more places than there are pairs, these are added up instead.
    """

    def __init__(self) -> None:
        self._side = 0
        self._kernels = np.zeros((2, 0, 0), dtype=np.complex64)

    def __call__(self, y: Array) -> Array:
        """(n, 2) -> (n, 2)"""
        side = _side_for(y)
        if len(y) ** 2 <= (2 * side) ** 2:
            return _of_pairs(y)
        cells, weights = _on_grid(y, side)
        kernels = self._of_side(side)
        charges = np.zeros((3, 2 * side, 2 * side), dtype=np.float32)
        for plane, charge in zip(charges, (np.ones((1, 1), dtype=np.float32), y[:, :1], y[:, 1:]), strict=True):
            spread = np.bincount(cells.ravel(), (weights * charge).ravel(), side * side)
            plane[:side, :side] = spread.reshape(side, side)
        waves = fft.rfft2(charges)  # (3, 2 side, side + 1)
        made = fft.irfft2(waves * kernels[1], s=charges.shape[1:])[:, :side, :side].reshape(3, -1)
        ones, x_sum, y_sum = ((plane.take(cells) * weights).sum(axis=1) for plane in made)
        pushed = y * ones[:, None] - np.stack([x_sum, y_sum], axis=1)
        return np.asarray(pushed / np.float32(_total(waves[0], kernels[0], side) - len(y)))

    def _of_side(self, side: int) -> npt.NDArray[np.complex64]:
        """The transforms of k and k² on a grid that meets itself at its ends: (2, 2 side, side + 1)"""
        if side != self._side:
            steps = np.arange(2 * side)
            away = np.minimum(steps, 2 * side - steps) * SPACING
            kernel = (1 / (1 + away[:, None] ** 2 + away[None] ** 2)).astype(np.float32)
            self._side, self._kernels = side, np.asarray(fft.rfft2(np.stack([kernel, kernel * kernel])))
        return self._kernels


def _total(wave: npt.NDArray[np.complex64], kernel: npt.NDArray[np.complex64], side: int) -> float:
    """Σ_ij k(y_i − y_j), each with itself as well, by Parseval's theorem on the half of the transform that is kept."""
    power = (wave.real**2 + wave.imag**2) * kernel.real
    both = 2 * power.sum(dtype=np.float64) - power[:, 0].sum(dtype=np.float64) - power[:, -1].sum(dtype=np.float64)
    return float(both) / (2 * side) ** 2


def _of_pairs(y: Array) -> Array:
    """The repulsion, pair by pair: (n, 2)"""
    pushed, total = np.zeros_like(y), -float(len(y))
    for start in range(0, len(y), _BLOCK):
        away = y[start : start + _BLOCK, None] - y[None]  # (block, n, 2)
        kernel = 1 / (1 + (away * away).sum(axis=2))
        total += float(kernel.sum(dtype=np.float64))
        pushed[start : start + _BLOCK] = ((kernel * kernel)[:, :, None] * away).sum(axis=1)
    return np.asarray(pushed / np.float32(total))


def _side_for(y: Array) -> int:
    """Places a side of the grid that holds these points."""
    places = int(np.ceil(np.ptp(y, axis=0).max() / SPACING)) + 4
    return -(-places // GRID_STEP) * GRID_STEP


def _on_grid(y: Array, side: int) -> tuple[npt.NDArray[np.int32], Array]:
    """Which nine places each point is spread over, and how, (n, 9) each: by parabolas through three."""
    place = (y - y.min(axis=0)) / np.float32(SPACING) + 1
    middle = np.rint(place).astype(np.int32)
    off = place - middle
    parts = np.stack([0.5 * off * (off - 1), 1 - off * off, 0.5 * off * (off + 1)], axis=-1)  # (n, 2, 3)
    weights = (parts[:, 0, :, None] * parts[:, 1, None, :]).reshape(-1, 9)
    steps = np.arange(-1, 2, dtype=np.int32)
    rows, columns = middle[:, :1] + steps, middle[:, 1:] + steps
    return (rows[:, :, None] * side + columns[:, None, :]).reshape(-1, 9), weights.astype(np.float32)


class Attraction:
    """Σ_j p_ij k(y_i − y_j) (y_i − y_j) over the affinities p that there are."""

    def __init__(self, upper: sparse.csr_matrix) -> None:
        self._shares, self._columns = upper.data, upper.indices
        self._rows = np.repeat(np.arange(upper.shape[0], dtype=np.int32), np.diff(upper.indptr))
        self._weighted = upper.copy()

    def __call__(self, y: Array) -> Array:
        """(n, 2) -> (n, 2)"""
        x_off, y_off = (axis.take(self._rows) - axis.take(self._columns) for axis in np.ascontiguousarray(y.T))
        self._weighted.data = self._shares / (1 + x_off * x_off + y_off * y_off)
        given = np.concatenate([y, np.ones((len(y), 1), dtype=np.float32)], axis=1)
        sums = self._weighted @ given + self._weighted.T @ given  # (n, 3)
        return np.asarray(y * sums[:, 2:] - sums[:, :2])


def _descended(upper: sparse.csr_matrix, y: Array, phases: tuple[Phase, ...]) -> Iterator[Array]:
    """Down the gradient with momentum and gains, seen now and then, and at the end. Pull and push run side by side."""
    attraction, repulsion = Attraction(upper), Repulsion()
    speed, gains = np.zeros_like(y), np.ones_like(y)
    rate = np.float32(max(len(y) / FROM_COMPONENTS[0].exaggeration, LEAST_RATE))
    steps = [phase for phase in phases for _ in range(phase.steps)]
    with ThreadPoolExecutor(1, thread_name_prefix="repulsion") as beside:
        for done, phase in enumerate(steps, start=1):
            pushed = beside.submit(repulsion, y)
            gradient = 4 * (np.float32(phase.exaggeration) * attraction(y) - pushed.result())
            gains = np.where((gradient > 0) == (speed > 0), 0.8 * gains, gains + 0.2).clip(min=0.01).astype(np.float32)
            speed = np.float32(phase.momentum) * speed - rate * gains * gradient
            y = y + speed
            if done % SHOWN_EVERY == 0 or done == len(steps):
                yield y
