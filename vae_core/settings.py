"""What a setting is, beside its value: where a form shows it, when it applies, and the types that people type."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

Group = Literal["data", "model", "objective", "optimiser"]
GROUPS: tuple[Group, ...] = ("data", "model", "objective", "optimiser")


@dataclass(frozen=True)
class Setting:
    """How a form shows a field: its label, its group, whether it starts folded, and when it applies at all.

    applies: {other field: the values it may have}. options: {each allowed value: one sentence on it}.
    """

    label: str
    group: Group
    folded: bool = False
    applies: Mapping[str, Collection[str]] = field(default_factory=dict)
    step: float | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    def is_needed(self, values: Mapping[str, Any]) -> bool:
        """Whether the setting means anything beside the values of those before it."""
        return all(values.get(name) in allowed for name, allowed in self.applies.items())


def _split_sizes(value: object) -> object:
    """'512, 256' as people type it becomes ('512', '256'); everything else goes on as it is."""
    return tuple(part for part in value.replace(",", " ").split()) if isinstance(value, str) else value


LayerSize = Annotated[int, Field(ge=1, le=4096)]
Sizes = Annotated[tuple[LayerSize, ...], BeforeValidator(_split_sizes), Field(min_length=1, max_length=4)]
ConvSizes = Annotated[tuple[LayerSize, ...], BeforeValidator(_split_sizes), Field(min_length=1, max_length=3)]
LeftOut = Literal["none", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
