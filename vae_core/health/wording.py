"""Figures of a run's health in sentences, for the command line and the page alike. No torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from vae_core.health import factor_wording

MUCH = 0.1
"""Of the images' own z in holes of the others': more than that, and the share of the prior says little."""


def sentences(found: Mapping[str, Any]) -> list[str]:
    """What `evaluation.closer_look.diagnose` found, in sentences: the verdict first."""
    verdict = found["verdict"]
    lines = [f"{verdict['title']}. {verdict['sentence']} {verdict['meaning']}", *verdict["also"]]
    if found["kl"]:
        lines.append(kl_words(found["kl"], found["label_kl_nats"]))
    for name, say in (("holes", holes_words), ("probes", probes_words), ("anomalies", anomaly_words)):
        if found[name]:
            lines.append(say(found[name]))
    if found["factors"]:
        lines += factor_wording.lines(found["factors"])
    return [*lines, *found["notes"]]


LEAST_KL = 1e-4
"""Nats per image: of less than that, parts are not told."""
PARTS = {
    "mutual_information": "mutual information",
    "total_correlation": "total correlation",
    "dimension_wise_kl": "dimension-wise KL",
}
"""Of the KL, as `evaluation.kl_decomposition.KLDecomposition` names its fields, without their units."""


def kl_words(kl: Mapping[str, float], label_kl_nats: float | None = None) -> str:
    """What the KL is made of; label_kl_nats: M2's label has a KL of its own, which is told beside it.

    All figures have as many decimals, and the parts are rounded so that they add up as they are printed.
    """
    label = "" if label_kl_nats is None else f" The label's KL, {nats(label_kl_nats)} nats, comes on top."
    if kl["kl_nats"] < LEAST_KL:
        return f"KL {nats(kl['kl_nats'])} nats per image: there is nothing to take apart.{label}"
    decimals = _decimals(kl["kl_nats"])
    rounded = _rounded([kl[f"{name}_nats"] for name in PARTS], kl["kl_nats"], decimals)
    parts = []
    for (name, title), value in zip(PARTS.items(), rounded, strict=True):
        error = kl[f"{name}_error_nats"]
        least = max(error, 0.5 * 10.0**-decimals)  # what the rounding alone may be off by
        within = ", 0 within the error" if kl[f"{name}_nats"] <= least else ""
        parts.append(f"{title} {value:,.{decimals}f} (± {least:.{_decimals(least, 1)}f}{within})")
    return f"KL {kl['kl_nats']:,.{decimals}f} nats per image = {' + '.join(parts)}.{label}"


def _decimals(size: float, fewest: int = 2) -> int:
    """The fewest, or as many as show so many digits of a size that is smaller."""
    return max(fewest, fewest - 1 - math.floor(math.log10(size)))


def _rounded(parts: Sequence[float], total: float, decimals: int) -> list[float]:
    """Parts rounded to multiples of the last decimal that add up to the rounded total: the largest remainders go up."""
    unit = 10.0**decimals
    whole = [math.floor(part * unit) for part in parts]
    order = sorted(range(len(parts)), key=lambda index: whole[index] - parts[index] * unit)
    for index in order[: max(0, round(total * unit) - sum(whole))]:
        whole[index] += 1
    return [count / unit for count in whole]


def holes_words(holes: Mapping[str, float]) -> str:
    """How much of the prior is empty, and whether that can be told; nothing is smoothed here."""
    error = max(
        holes["standard_error"], 1 / holes["draws"]
    )  # where none of the draws was in a hole, one might have been
    found = (
        f"{holes['prior_share']:.1%} ± {error:.1%} of the prior's mass lies in holes between the posteriors as wide as "
        "they are"
    )
    if holes["image_share"] > MUCH:
        return (
            f"{found}, but so do {holes['image_share']:.0%} of the images' own encodings: {holes['images']:,} images "
            "are too few to show where so many dimensions are empty."
        )
    return f"{found} ({holes['image_share']:.1%} of the images' own encodings do)."


def probes_words(probes: Mapping[str, Any]) -> str:
    """How well the classes can be told apart."""
    knn, linear = (f"{probes[name]['mean']:.1%} ± {probes[name]['deviation']:.1%}" for name in ("knn", "linear"))
    return (
        f"Ten nearest neighbours name {knn} of {probes['images']:,} held-out images rightly, a linear classifier "
        f"{linear}; chance is {probes['chance']:.1%}."
    )


def anomaly_words(anomalies: Mapping[str, Any]) -> str:
    """How surely foreign images are told from its own."""
    each = ", ".join(f"{kind['title']} {kind['auroc']:.3f}" for kind in anomalies["foreign"])
    return f"AUROC by which −ELBO tells foreign images from held-out ones: {each}."


def hundredths(value: float) -> str:
    """Of nats, to be compared with others: "3,418.00", "−0.25"."""
    return f"{value:,.2f}".replace("-", "−")


def nats(value: float) -> str:
    """No more digits than mean something: "142.3", "3.5", "0.04", "0.0003"."""
    size = abs(value)
    text = f"{value:,.0f}" if size >= 1000 else f"{value:.1f}" if size >= 1 else f"{value:.2f}" if size >= 0.095 else ""
    return (text or f"{value:.1g}").replace("-", "−") if size >= 1e-4 or value == 0 else "under 0.0001"
