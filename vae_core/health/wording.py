"""Figures of a run's health in sentences, for the command line and the page alike. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MUCH = 0.1
"""Of the images' own z in holes of the others': more than that, and the share of the prior says little."""


def sentences(found: Mapping[str, Any]) -> list[str]:
    """What `evaluation.closer_look.diagnose` found, in sentences: the verdict first."""
    verdict = found["verdict"]
    lines = [f"{verdict['title']}. {verdict['sentence']} {verdict['meaning']}", *verdict["also"]]
    for name, say in (("kl", kl_words), ("holes", holes_words), ("probes", probes_words), ("anomalies", anomaly_words)):
        if found[name]:
            lines.append(say(found[name]))
    return [*lines, *found["notes"]]


def kl_words(kl: Mapping[str, float]) -> str:
    """What the KL is made of."""
    return (
        f"KL {nats(kl['kl_nats'])} nats per image = mutual information {nats(kl['mutual_information_nats'])} + total "
        f"correlation {nats(kl['total_correlation_nats'])} + dimension-wise KL {nats(kl['dimension_wise_kl_nats'])}."
    )


def holes_words(holes: Mapping[str, float]) -> str:
    """How much of the prior is empty, and whether that can be told; nothing is smoothed here."""
    found = f"{holes['prior_share']:.0%} of the prior's mass lies in holes between the posteriors as wide as they are"
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


def nats(value: float) -> str:
    """No more digits than mean something: "142.3", "3.5", "0.04", "0.0003"."""
    size = abs(value)
    text = f"{value:,.0f}" if size >= 1000 else f"{value:.1f}" if size >= 1 else f"{value:.2f}" if size >= 0.095 else ""
    return (text or f"{value:.1g}").replace("-", "−") if size >= 1e-4 or value == 0 else "under 0.0001"
