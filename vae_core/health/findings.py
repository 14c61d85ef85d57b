"""What a symptom gives when it finds something, and how its figures are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vae_core.health.evidence import Evidence

Suggestion = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Finding:
    """A condition found, as in `health.Verdict`. suggestions: (label, settings that change), the best first."""

    condition: str
    title: str
    sentence: str
    meaning: str
    suggestions: tuple[Suggestion, ...] = ()


Symptom = Callable[[Evidence], Finding | None]


def nats(value: float) -> str:
    """No more digits than mean something: "142.3", "3.5", "0.04", "0.0003"."""
    size = abs(value)
    text = f"{value:,.0f}" if size >= 1000 else f"{value:.1f}" if size >= 1 else f"{value:.2f}" if size >= 0.095 else ""
    return (text or f"{value:.1g}").replace("-", "−") if size >= 1e-4 or value == 0 else "under 0.0001"
