"""The table of uses, and the settings of each: the page's forms and the command line's flags are made of it. No torch.

To add a part:

1. A `Part` in `PARTS` here: name, title, purpose, its settings. All settings are texts; what a setting may be, and what
   it is unless somebody says otherwise, its `Option` tells, which may depend on the run.
2. `vae_core/apply/<name, with _ for ->.py` with `def apply(job: Job) -> Made`: it reads `job.run` and `job.settings`,
   calls `job.report(share, "doing what")` as it goes, and returns figures as `record.Row`s over at least
   `standing.REPEATS` folds or seeds, the verdict of `standing.judge`, pictures, and files to take away.
3. Only where the usual form, or the usual way to show a result, are not enough: a kind of `Option` with its widget in
   `pages/ui/apply/form.py`, or `pages/ui/apply/<the same>.py`, named in `pages/ui/apply/beside.py`.

Address, progress, stop, what is kept, downloads and `python -m vae_core apply` follow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from vae_core.apply import sources
from vae_core.apply.labelling import giving
from vae_core.apply.repair import damage
from vae_core.apply.synthesis import origins
from vae_core.errors import ConfigInvalid
from vae_core.runs import Run

Offered = Callable[[Run], Mapping[str, str]]
"""What may be chosen: value to what it is called. The first is taken unless somebody says otherwise."""


@dataclass(frozen=True)
class Option:
    """A setting. kind: one of those `offered`; a whole number or a number from least to most; an outline on the map;
    outlines, each with a class; a region painted with a brush.

    default: "" for the first of those offered. steps: numbers that the page offers, the default among them. needs:
    (another setting, its value) without which it means nothing.
    """

    name: str
    label: str
    about: str
    kind: Literal["choice", "count", "number", "outline", "outlines", "mask"] = "choice"
    default: str = ""
    offered: Offered = lambda run: {}
    least: float = 0
    most: float = 0
    steps: tuple[str, ...] = ()
    needs: tuple[str, str] | None = None

    def usual(self, run: Run) -> str:
        """What it is unless somebody says otherwise."""
        return self.default or (next(iter(self.offered(run)), "") if self.kind == "choice" else "")

    def is_needed(self, values: Mapping[str, str]) -> bool:
        """Whether it means something beside the others' values."""
        return self.needs is None or values.get(self.needs[0]) == self.needs[1]

    def why_not(self, value: str, run: Run) -> str:
        """What is wrong with a value, as the end of a sentence; "" for nothing."""
        if self.kind == "choice":
            offered = self.offered(run)
            return "" if value in offered else f"expected one of {', '.join(offered)}; got {value!r}"
        if self.kind == "outline":
            fits = re.fullmatch(OUTLINE, value, re.ASCII)
            return "" if fits else f"expected corners x,y,x,y,…, three to twenty-four of them; got {value!r}"
        if self.kind == "mask":
            return damage.why_no_mask(value, run.card.image_shape)
        if self.kind == "outlines":
            fits = re.fullmatch(giving.OUTLINES, value, re.ASCII)
            return "" if fits else f"expected CLASS:x,y,x,y,…;CLASS:x,y,…, and got {value[:40]!r}"
        try:
            number = int(value) if self.kind == "count" else float(value)
        except ValueError:
            number = self.least - 1
        what = "a whole number" if self.kind == "count" else "a number"
        return (
            ""
            if self.least <= number <= self.most
            else f"expected {what} from {self.least:g} to {self.most:g}; got {value!r}"
        )


@dataclass(frozen=True)
class Part:
    """A use. name: in addresses and commands. purpose: one sentence. why_not: (run) -> why it cannot do it, or ""."""

    name: str
    title: str
    purpose: str
    options: tuple[Option, ...]
    why_not: Callable[[Run], str] = sources.why_not
    icon: str = ""

    @property
    def module(self) -> str:
        """Whose `apply` carries it out."""
        return f"vae_core.apply.{self.name.replace('-', '_')}"

    def settings(self, run: Run, given: Mapping[str, str]) -> dict[str, str]:
        """All settings that mean something, as given, or as usual. Raises ConfigInvalid for what is none of them."""
        if unknown := given.keys() - {option.name for option in self.options}:
            names = ", ".join(option.name for option in self.options)
            raise ConfigInvalid(f"{self.name} has no setting {min(unknown)!r}; its settings are {names}")
        values: dict[str, str] = {}
        for option in self.options:
            if option.is_needed(values):
                value = given.get(option.name) or option.usual(run)
                if reason := option.why_not(value, run):
                    raise ConfigInvalid(f"{option.name}: {reason}; change it and try again")
                values[option.name] = value
        return values


FEATURES = {"mean": "Posterior means", "sample": "Draws from posteriors", "layer": "The layer before"}
_CORNER = r"-?\d{1,7}(\.\d{1,3})?,-?\d{1,7}(\.\d{1,3})?"
OUTLINE = rf"({_CORNER}(,{_CORNER}){{2,23}})?"
"""Corners x,y,x,y,… of an outline around points of the map, see `sources.inside`; "" for none."""

PARTS: dict[str, Part] = {
    each.name: each
    for each in (
        Part(
            "anomalies",
            "Anomalies",
            "Finds images unlike those that you call normal, and shows where in each the difference lies.",
            (
                Option(
                    "normal", "Normal", "The images that are as they should be: all that the model was trained on, one "
                    "class, or those inside an outline on the map.", offered=sources.normal_kinds,
                ),
                Option(
                    "outline", "Outline", "What lies inside an outline on the map is normal: corners x,y,x,y,….",
                    kind="outline",
                    needs=("normal", "selection"),
                ),
                Option(
                    "against", "Against", "The images that should be found among the normal ones.",
                    offered=sources.foreign_kinds,
                ),
                Option(
                    "draws", "Draws for −log p(x)", "How often z is drawn for each image, to estimate how improbable "
                    "it is under the model by importance sampling: the more, the closer and the slower.", kind="count",
                    default="64", least=1, most=5000, steps=("16", "64", "256", "1000"),
                ),
            ),
            icon=":material/troubleshoot:",
        ),
        Part(
            "denoising",
            "Denoising and repair",
            "Gives back images that are noisy, blurred or partly hidden, and measures how near they come to the true.",
            (
                Option("data", "Images", "Which images are damaged.", offered=sources.data_sets),
                Option(
                    "noise", "Noise σ", "Standard deviation of the noise on each pixel, in units of full white.",
                    kind="number", default="0.3", most=damage.MOST_NOISE,
                    steps=("0", "0.1", "0.2", "0.3", "0.5", "0.7", "1"),
                ),
                Option(
                    "blur", "Blur σ", "Standard deviation of a Gaussian blur, in pixels.", kind="number", default="0",
                    most=damage.MOST_BLUR, steps=("0", "0.5", "1", "1.5", "2", "3"),
                ),
                Option(
                    "region", "Hidden", "Pixels of which nothing is seen, the same of all images.",
                    offered=lambda run: damage.REGION_TITLES,
                ),
                Option(
                    "hidden", "Region", "Paint what is hidden; outside the app, its cells row by row, as bits in "
                    "hexadecimal.", kind="mask", needs=("region", damage.BRUSH),
                ),
                Option(
                    "share", "Share hidden", "How much of an image such a region hides.", kind="number", default="0.5",
                    least=0.05, most=0.95, steps=("0.1", "0.25", "0.5", "0.75"),
                ),
                Option(
                    "starts", "Starts", "From how many places in latent space the most probable one is looked for.",
                    kind="count", default="4", least=1, most=32, steps=("1", "2", "4", "8"),
                ),
            ),
            icon=":material/healing:",
        ),
        Part(
            "few-labels",
            "Few labels",
            "Names the class of every image from few labels, and measures whether latent space makes them go further.",
            (
                Option("labels", "Labels", "Whose labels are known.", offered=giving.kinds),
                Option(
                    "outlines", "Labels on the map", "Outlines on the map, and the class of the images inside each.",
                    kind="outlines", needs=("labels", giving.MAP),
                ),
                Option(
                    "judged", "Judged with", "With how many labels of each class the verdict is passed.",
                    offered=lambda run: giving.COUNTS, default="10", needs=("labels", giving.DRAWN),
                ),
            ),
            why_not=giving.why_not,
            icon=":material/label:",
        ),
        Part(
            "augmentation",
            "Augmentation and synthesis",
            "Draws new images as a data set of their own, and measures whether a small classifier learns from such.",
            (
                Option("origin", "Drawn from", "Where new images come from.", offered=origins.offered),
                Option(
                    "outline", "Around which", "Images inside an outline on the map are chosen; without one, all.",
                    kind="outline", needs=("origin", origins.AROUND),
                ),
                Option(
                    "spread", "Spread", "How far around an image, in standard deviations of its posterior.",
                    kind="number", default="1", most=10, steps=("0.5", "1", "2", "4"), needs=("origin", origins.AROUND),
                ),
                Option(
                    "count", "New images", "How many the data set has.", kind="count", default="1000", least=2,
                    most=20_000, steps=("100", "1000", "5000", "10000"),
                ),
                Option(
                    "seed", "Seed", "The same seed draws the same images.", kind="count", default="0", most=2**31 - 1,
                    steps=tuple(str(each) for each in range(10)),
                ),
                Option(
                    "labels", "Real images a class", "What the classifier learns from besides new images.",
                    kind="count", default="10", least=2, most=500, steps=("2", "5", "10", "50", "100"),
                ),
                Option(
                    "ratio", "New for each real", "How many new images it learns from for each real one.", kind="count",
                    default="2", least=1, most=50, steps=("1", "2", "5", "10"),
                ),
                Option(
                    "classifier", "Classifier", "scikit-learn's; it sees pixels.",
                    offered=lambda run: origins.CLASSIFIERS,
                ),
            ),
            icon=":material/auto_awesome_motion:",
        ),
        Part(
            "features",
            "Features and reduction",
            "Gives what the encoder makes of images as a table, and measures how well it keeps who is near whom.",
            (
                Option("data", "Images", "Whose features are wanted.", offered=sources.data_sets),
                Option(
                    "what", "Features", "The posterior's mean, a draw from it, or what the encoder's last layer "
                    "is given.", offered=lambda run: FEATURES,
                ),
            ),
            icon=":material/scatter_plot:",
        ),
    )
}  # fmt: skip
"""By name."""


def part(name: str) -> Part:
    """The part of a name. Raises ConfigInvalid."""
    if name not in PARTS:
        raise ConfigInvalid(f"no use is called {name!r}; choose one of {', '.join(PARTS)}")
    return PARTS[name]
