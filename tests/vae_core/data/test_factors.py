"""Which columns are factors, and as what they are measured."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vae_core.any_data_sets import SOURCES
from vae_core.data.factors import drawn_factors, factors_of, may_be_factors
from vae_core.errors import DataRefused

COLUMNS = {
    "place": np.arange(200) % 32 / 31,
    "weight": np.linspace(0, 1, 200),
    "kind": np.array(["b", "a", "", "a"] * 50),
    "file": np.array([f"{row}.png" for row in range(200)]),
    "several": np.zeros((200, 3)),
}


def test_numbers_of_few_values_and_texts_are_classes_and_other_numbers_are_continuous() -> None:
    found = factors_of(COLUMNS, ["place", "weight", "kind"])
    assert found.kinds == ("discrete", "continuous", "discrete")
    assert found.values.shape == (200, 3)
    assert np.array_equal(found.values[:4, 2], [2, 1, np.nan, 1], equal_nan=True)


def test_what_names_each_image_or_says_several_things_is_no_factor() -> None:
    assert may_be_factors(COLUMNS) == ("place", "weight", "kind")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["file"], "file has 200 different texts"),
        (["several"], "several says several things"),
        (["size"], "no column 'size' to be a factor; choose among place, weight"),
        ([], "no factor was named"),
    ],
)
def test_another_column_is_refused_in_a_sentence(names: list[str], words: str) -> None:
    with pytest.raises(DataRefused, match=words):
        factors_of(COLUMNS, names)


@pytest.mark.parametrize(
    ("origin", "count"), [("drawn shapes 3000 0", 6), ("drawn squares 9 1", 6), ("drawn lines 1", 0), ("shapes", 0)]
)
def test_pictures_that_were_drawn_here_have_the_factors_that_made_them(origin: str, count: int) -> None:
    card = replace(SOURCES["unlabelled"].card, origin=origin)
    assert len(drawn_factors(card)) == count
