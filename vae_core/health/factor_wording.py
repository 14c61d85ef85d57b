"""How far a code keeps known factors apart, in sentences, for the command line and the page alike. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SEEDS = "seeds matter more than methods (Locatello et al. 2019, arXiv 1811.12359)"


@dataclass(frozen=True)
class Measure:
    """title: as the field calls it. says: what it says, as the end of a sentence. paper: where it comes from."""

    title: str
    says: str
    paper: str


_DCI = "Eastwood & Williams 2018 (ICLR)"
_RIDGEWAY = "Ridgeway & Mozer 2018 (arXiv 1802.05312)"
_HSU = "Hsu et al. 2023 (arXiv 2305.18378)"
MEASURES = {
    "mig": Measure(
        "MIG",
        "how much more the dimension that tells most of a factor tells of it than the second",
        "Chen et al. 2018 (arXiv 1802.04942)",
    ),
    "dci_disentanglement": Measure(
        "DCI disentanglement", "whether each dimension is needed for one factor alone", _DCI
    ),
    "dci_completeness": Measure("DCI completeness", "whether each factor needs one dimension alone", _DCI),
    "dci_informativeness": Measure("DCI informativeness", "how well a forest names a factor from all dimensions", _DCI),
    "sap": Measure(
        "SAP",
        "how much better one dimension by itself names a factor than the second does",
        "Kumar et al. 2018 (arXiv 1711.00848)",
    ),
    "factor_vae": Measure(
        "FactorVAE score",
        "how often the dimension that varies least names the factor that stands still",
        "Kim & Mnih 2018 (arXiv 1802.05983)",
    ),
    "modularity": Measure("Modularity", "how little a dimension tells of other factors than its first", _RIDGEWAY),
    "explicitness": Measure("Explicitness", "how well a straight line ranks a factor's values", _RIDGEWAY),
    "info_m": Measure("InfoM", "what share of all that a dimension tells is of its first factor", _HSU),
    "info_e": Measure("InfoE", "what share of a factor's entropy a linear reader takes away", _HSU),
    "info_c": Measure("InfoC", "what share of all that is told of a factor its first dimension tells", _HSU),
}
"""By the names of `evaluation.disentanglement.Figures`, 0 to 1 each, more is better."""


def lines(found: Mapping[str, Any]) -> list[str]:
    """What `evaluation.told_factors` found, a line for each measure and each factor."""
    told = [
        f"{measure.title} {found['ours'][name]:.2f} (as commonly computed {found['common'][name]:.2f}): "
        f"{measure.says}. {measure.paper}."
        for name, measure in MEASURES.items()
    ]
    return [intro(found), *told, *factor_lines(found), draw_words(found)]


def intro(found: Mapping[str, Any]) -> str:
    """What was measured."""
    constant = [found["names"][index] for index in found["constant_factors"]]
    left_out = f" Of one value only, and left out: {', '.join(constant)}." if constant else ""
    return (
        f"Known factors, {', '.join(found['names'])}, of {found['rows']:,} held-out images: 1 is a dimension for each, "
        f"0 is chance.{left_out}"
    )


def factor_lines(found: Mapping[str, Any]) -> list[str]:
    """Of each factor, which dimensions tell most of it."""
    told = []
    for name, shares in zip(found["names"], found["shares"], strict=True):
        first = sorted(range(len(shares)), key=lambda d: -shares[d])[:3]
        told.append(f"{name}: " + ", ".join(f"z{d + 1} tells {shares[d]:.0%}" for d in first) + ".")
    return told


def draw_words(found: Mapping[str, Any]) -> str:
    """Whether the figures are one draw, or how far those of several seeds lie apart."""
    seeds = found["seeds"]
    if len(seeds) == 1:
        return f"A single draw: {SEEDS}, so another seed may give other figures. Train it with other seeds to see."
    spread = ", ".join(
        f"{MEASURES[name].title} {spread_text(seeds, name)}" for name in ("mig", "dci_disentanglement", "sap")
    )
    return f"{len(seeds)} runs that differ in their seed alone: {spread}; {SEEDS}."


def spread_text(seeds: Sequence[Mapping[str, Any]], name: str) -> str:
    """From the least to the largest of our figures: "0.12–0.34"."""
    values = [seed["ours"][name] for seed in seeds]
    return f"{min(values):.2f}–{max(values):.2f}"
