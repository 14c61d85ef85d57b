"""The colours and marks that Streamlit's theme has no place for: classes and curves, for pages and components alike.

Ground, ink, fonts and radii come from `.streamlit/config.toml`, to components through Streamlit's CSS variables.
Plain JSON; imports neither torch nor Streamlit.
"""

from __future__ import annotations

from typing import TypedDict


class Shade(TypedDict):
    """One colour in both themes."""

    light: str
    dark: str


class Shades(TypedDict):
    """A list of colours in both themes, in the same order."""

    light: list[str]
    dark: list[str]


ACCENT: Shade = {"light": "#C2410C", "dark": "#FB923C"}
"""What can be dragged or pressed, and the frame of generated images."""

RECONSTRUCTION: Shade = {"light": "#0F766E", "dark": "#2DD4BF"}
KL: Shade = {"light": "#7C3AED", "dark": "#A78BFA"}
SUM: Shade = {"light": "#1B1F24", "dark": "#E8EAED"}

# Paul Tol's "muted" and a grey, moved in lightness alone (OKLab) until the ten stay apart under deuteranopia and
# protanopia (Machado et al. 2009) and spread over the greys; the dark theme's are lighter throughout.
CLASSES: Shades = {
    "light": [
        "#301E84", "#87CBED", "#339B8B", "#00541F", "#9E9E38",
        "#C8B763", "#AB495B", "#570031", "#9A358A", "#ADADAD",
    ],
    "dark": [
        "#6964CE", "#AAE2FF", "#5EC2B1", "#55AF68", "#8C8C22",
        "#F6E590", "#FE93A3", "#CF6493", "#FF94EA", "#D1D1D1",
    ],
}  # fmt: skip

# Nine of viridis (van der Walt & Smith 2015), evenly spread over its part that stands out from the ground: its
# lightness grows all the way, also under deuteranopia and protanopia.
SCALE: Shades = {
    "light": [
        "#440154", "#472A7A", "#3D4E8A", "#2F6C8E", "#23898E",
        "#1FA287", "#3CBB75", "#73D056", "#ADDC30",
    ],
    "dark": [
        "#404688", "#365D8D", "#2C738E", "#23898E", "#1FA088",
        "#35B779", "#65CB5E", "#A8DB34", "#FDE725",
    ],
}  # fmt: skip
"""From little to much, for numbers."""

SYMBOLS = [
    "circle", "square", "diamond", "triangle-up", "triangle-down",
    "pentagon", "cross", "x", "star", "hexagon",
]  # fmt: skip
"""Plotly's marker names, one for each class, for those who cannot tell the colours apart."""

# Six that stay apart like the classes do, but none of theirs: on one page both have a meaning of their own.
RUNS: list[Shade] = [
    {"light": "#2563A8", "dark": "#7DB4F0"},
    {"light": "#B4530A", "dark": "#F0A35E"},
    {"light": "#5B7A12", "dark": "#B5D467"},
    {"light": "#8A2C8F", "dark": "#DE8FE2"},
    {"light": "#3D4450", "dark": "#C6CCD4"},
    {"light": "#0B7F86", "dark": "#56D0D6"},
]
"""One colour for each run beside others; they also have letters, for those who cannot tell colours apart."""


class Look(TypedDict):
    """The colours and marks of everything but runs, as the components get them."""

    classes: Shades
    symbols: list[str]
    """Plotly's marker names, one for each class."""
    scale: Shades
    """From little to much."""
    accent: Shade
    reconstruction: Shade
    kl: Shade
    sum: Shade


LOOK: Look = {
    "classes": CLASSES,
    "symbols": SYMBOLS,
    "scale": SCALE,
    "accent": ACCENT,
    "reconstruction": RECONSTRUCTION,
    "kl": KL,
    "sum": SUM,
}


def look_for(classes: int) -> Look:
    """`LOOK` with a colour and a mark for each of so many classes.

    Up to a hundred are told apart by the pair of both: the eleventh has the first one's colour and another mark.
    """
    count = max(classes, len(SYMBOLS))
    turns = [divmod(label, len(SYMBOLS)) for label in range(count)]
    light, dark = ([shades[index] for _, index in turns] for shades in (CLASSES["light"], CLASSES["dark"]))
    marks = [SYMBOLS[(index + turn) % len(SYMBOLS)] for turn, index in turns]
    return {**LOOK, "classes": {"light": light, "dark": dark}, "symbols": marks}
