"""Which models one cursor leads through: those of equally many dimensions, or of the same images."""

from dataclasses import replace

import pytest

from pages.ui.components.linked_maps import linked_data
from vae_core import runs

DIGITS = runs.open_run("digits")


def with_card(**changes: object) -> runs.Run:
    return replace(DIGITS, card=replace(DIGITS.card, **changes))


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (with_card(name="numbers", title="Numbers"), None),
        (with_card(digest="0" * 64), "these learned different ones called Digits."),
        (with_card(digest="0" * 64, title="Numbers"), "these learned Digits and Numbers."),
    ],
)
def test_one_image_leads_through_models_of_the_same_images_whatever_these_are_called(
    other: runs.Run, why: str | None
) -> None:
    said = linked_data.why_not([DIGITS, other], "input")
    assert said is None if why is None else str(said).endswith(why)
    assert linked_data.modes([DIGITS, other]) == (["z"] if why else ["z", "input"])
    learned = linked_data._model(other, DIGITS, "z", None, title="B", shade=linked_data.RUNS[1])["shared"]
    assert learned == (why is None)
