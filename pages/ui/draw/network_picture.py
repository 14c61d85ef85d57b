"""The networks as a picture: stages in, HTML out, which takes fonts and colours from the page (`pages/ui/page.css`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import log2
from typing import Literal

Kind = Literal["image", "hidden", "z"]
LOWEST = 0.1
"""The height of a single number; that of the widest stage is 1."""


@dataclass(frozen=True)
class Stage:
    """What flows between two layers. size: numbers in it; weights: of the layer that makes it, 0 for the first."""

    title: str
    note: str
    size: int
    weights: int
    kind: Kind = "hidden"


def network_picture(stages: Sequence[Stage]) -> str:
    """Stages from the image to z and back, as tall as the logarithm of their sizes, with the weights between them."""
    tallest = max(stage.size for stage in stages)
    heights = [_height(stage.size, tallest) for stage in stages]
    parts = [_stage(stages[0], heights[0])]
    for (before, after), stage in zip(pairwise(heights), stages[1:], strict=True):
        parts += [_weights(before, after, stage.weights), _stage(stage, after)]
    said = ", ".join(f"{stage.title} {stage.note}".strip() for stage in stages)
    return f'<div class="network" role="img" aria-label="From image to image: {escape(said)}">{"".join(parts)}</div>'


def compact(count: int) -> str:
    """401920 as '402k', 1500000 as '1.5M', 96 as it is."""
    if count >= 1_000_000:
        return f"{count / 1e6:.1f}M"
    return f"{count / 1000:.0f}k" if count >= 10_000 else f"{count:,}"


def _height(size: int, tallest: int) -> float:
    return LOWEST + (1 - LOWEST) * log2(max(1, size)) / max(1.0, log2(max(2, tallest)))


def _stage(stage: Stage, height: float) -> str:
    return (
        f'<div class="network-stage network-{stage.kind}"><div class="network-room">'
        f'<div style="height:{height:.1%}"></div></div>'
        f"<span>{escape(stage.title)}</span><small>{escape(stage.note)}</small></div>"
    )


def _weights(before: float, after: float, count: int) -> str:
    """The layer between two stages: a wedge from the height of one to that of the other, with its number of weights."""
    left, right = ((1 - height) / 2 for height in (before, after))
    corners = f"0 {left:.1%},100% {right:.1%},100% {1 - right:.1%},0 {1 - left:.1%}"
    return (
        f'<div class="network-weights" title="{count:,} weights"><div class="network-room">'
        f'<div style="height:100%;clip-path:polygon({corners})"></div></div>'
        f"<small></small><small></small><small>{compact(count)}</small></div>"
    )
