"""What people type for a sweep, and the points that it becomes."""

import pytest

from vae_core.errors import ConfigInvalid
from vae_core.sweeps import space
from vae_core.sweeps.space import Choices, Range


@pytest.mark.parametrize(
    ("name", "text", "axis"),
    [
        ("beta", "0.5, 1, 2", Choices((0.5, 1, 2))),
        ("beta", "0,5; 1; 1", Choices((0.5, 1))),
        ("beta", "0.25..8 log 6", Range(0.25, 8, is_log=True, steps=6)),
        ("learning_rate", "1e-4 … 1e-2 log", Range(1e-4, 1e-2, is_log=True)),
        ("latent_dim", "2..8", Range(2, 8, is_whole=True)),
        ("hidden_sizes", "512-256; 400", Choices(((512, 256), (400,)))),
        ("objective", "vae, autoencoder", Choices(("vae", "autoencoder"))),
    ],
)
def test_what_is_typed_is_read_and_written_again_alike(name: str, text: str, axis: Choices | Range) -> None:
    assert space.axis_from(name, text) == axis
    assert space.axis_from(name, space.in_words(axis)) == axis


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("beta", "", "no values were given"),
        ("beta", "one, two", "expected a number"),
        ("beta", "-1, 1", "expected 0 to 10000; got -1"),
        ("beta", "8..2", "goes from less to more"),
        ("beta", "0..2 log", "begins above 0"),
        ("latent_dim", "2..8 1", "2 steps or more"),
        ("objective", "gan", "expected one of vae"),
        ("seed", "1, 2", "is nothing that a sweep goes over"),
    ],
)
def test_what_cannot_be_is_said_with_the_setting(name: str, text: str, said: str) -> None:
    with pytest.raises(ConfigInvalid, match=said):
        space.axis_from(name, text)


def test_a_grid_has_every_combination_and_a_range_its_steps() -> None:
    points = space.grid({"beta": Range(0.25, 8, is_log=True, steps=6), "latent_dim": Choices((2, 8))})
    assert len(points) == 12
    assert [point["beta"] for point in points[::2]] == [0.25, 0.5, 1, 2, 4, 8]
    with pytest.raises(ConfigInvalid, match="in how many steps"):
        space.grid({"beta": Range(0, 1)})
    with pytest.raises(ConfigInvalid, match="expected 500 at most"):
        space.grid({"beta": Choices(tuple(range(30))), "latent_dim": Choices(tuple(range(1, 31)))})


def test_draws_lie_in_their_ranges_are_the_same_for_a_seed_and_none_comes_twice() -> None:
    over: space.Space = {"beta": Range(0.01, 100, is_log=True), "latent_dim": Range(2, 8, is_whole=True)}
    points = space.drawn(over, 100, seed=3)
    assert points == space.drawn(over, 100, seed=3) != space.drawn(over, 100, seed=4)
    assert all(0.01 <= point["beta"] <= 100 and point["latent_dim"] in range(2, 9) for point in points)
    assert 35 <= sum(point["beta"] < 1 for point in points) <= 65  # half of the logarithms
    assert len(space.drawn({"latent_dim": Range(2, 4, is_whole=True)}, 100)) == 3


def test_seeds_are_typed_as_a_list_or_a_range() -> None:
    assert space.seeds_from("0, 1 1;7") == (0, 1, 7)
    assert space.seeds_from("2..4") == (2, 3, 4)
    for text in ("", "4..2", "-1", "a"):
        with pytest.raises(ConfigInvalid, match="such as 0, 1, 2"):
            space.seeds_from(text)
