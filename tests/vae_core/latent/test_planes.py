"""Planes of latent space: where a map's points lie on them."""

import re

import numpy as np
import pytest

from vae_core.errors import ConfigInvalid
from vae_core.latent import planes
from vae_core.latent.planes import dimensions_plane, principal_plane, project


def scattered(count: int, dims: int, seed: int = 0) -> np.ndarray:
    """Means that vary differently in each direction, none of which is an axis."""
    random = np.random.default_rng(seed)
    turned = np.linalg.qr(random.standard_normal((dims, dims)))[0]
    spread = 2.0 ** -np.arange(dims)
    return ((random.standard_normal((count, dims)) * spread) @ turned + random.standard_normal(dims)).astype(np.float32)


def test_on_the_plane_of_two_dimensions_points_lie_at_their_means() -> None:
    mu = scattered(50, 4)
    plane = dimensions_plane(4, (3, 1))
    x, y = project(plane, mu)
    np.testing.assert_array_equal(x, mu[:, 3])
    np.testing.assert_array_equal(y, mu[:, 1])
    assert (x.dtype, y.dtype, plane.shares) == (np.float32, np.float32, None)
    np.testing.assert_array_equal(plane.origin, np.zeros(4))


def test_a_dimension_that_is_not_shown_may_be_infinite() -> None:
    mu = np.array([[1, 2, np.inf], [3, 4, np.nan]], np.float32)
    x, y = project(dimensions_plane(3, (0, 1)), mu)
    assert (x.tolist(), y.tolist()) == ([1, 3], [2, 4])


def test_the_only_dimension_lies_along_x() -> None:
    mu = scattered(20, 1)
    plane = dimensions_plane(1, (0,))
    x, y = project(plane, mu)
    np.testing.assert_array_equal(x, mu[:, 0])
    assert (y.tolist(), plane.basis.tolist()) == ([0.0] * 20, [[1], [0]])


@pytest.mark.parametrize(
    ("latent_dim", "dims", "words"),
    [
        (3, (0, 3), "two different ones from 0 to 2, and got 0,3"),
        (3, (1, 1), "got 1,1"),
        (3, (-1, 0), "got -1,0"),
        (3, (0,), "got 0"),
        (3, (0, 1, 2), "got 0,1,2"),
        (3, (0, 1, 1), "got 0,1,1"),
        (1, (0, 1), "0, the only one, and got 0,1"),
        (1, (1,), "got 1"),
    ],
)
def test_dimensions_that_are_not_there_are_one_sentence(latent_dim: int, dims: tuple[int, ...], words: str) -> None:
    with pytest.raises(ConfigInvalid, match=re.escape(words)):
        dimensions_plane(latent_dim, dims)


@pytest.mark.parametrize("dims", [2, 3, 16])
def test_principal_components_are_orthonormal_and_vary_most(dims: int) -> None:
    mu = scattered(400, dims)
    plane = principal_plane(mu)
    np.testing.assert_allclose(plane.basis @ plane.basis.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(plane.origin, mu.astype(np.float64).mean(axis=0), rtol=1e-12)
    x, y = project(plane, mu)
    variances = np.linalg.svd(mu - plane.origin, compute_uv=False)[:2] ** 2 / 400
    np.testing.assert_allclose([x.var(), y.var()], variances, rtol=1e-4)
    assert plane.shares is not None
    np.testing.assert_allclose(plane.shares, variances / mu.astype(np.float64).var(axis=0).sum(), rtol=1e-9)


def test_a_directions_largest_entry_is_positive_and_of_several_as_large_the_first() -> None:
    along = np.linspace(-1, 1, 20)[:, None] * np.array([-1.0, 1.0, 0.0])
    plane = principal_plane(along)
    np.testing.assert_allclose(plane.basis[0], [np.sqrt(0.5), -np.sqrt(0.5), 0], atol=1e-12)


def test_many_means_give_the_plane_that_they_give_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mu = scattered(1000, 5)
    monkeypatch.setattr(planes, "ROWS_AT_ONCE", len(mu))
    whole = principal_plane(mu)
    at_once = project(whole, mu)
    monkeypatch.undo()
    parts = principal_plane(mu)
    np.testing.assert_allclose(parts.basis, whole.basis, atol=1e-12)
    np.testing.assert_allclose(project(parts, mu), at_once, atol=1e-6)


FLAT = {
    "none": np.zeros((0, 3), np.float32),
    "one": np.full((1, 3), 0.7, np.float32),
    "all the same": np.full((9, 3), 0.3, np.float32),
    "the same but for rounding": np.array([[0.3, 5, 1]] * 8 + [[np.nextafter(np.float32(0.3), 1), 5, 1]], np.float32),
}


@pytest.mark.parametrize("mu", FLAT.values(), ids=FLAT)
def test_means_that_do_not_vary_are_shown_in_their_first_two_dimensions(mu: np.ndarray) -> None:
    plane = principal_plane(mu)
    assert plane.basis.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert plane.shares == (0, 0)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_means_that_are_not_finite_have_no_components(wrong: float) -> None:
    mu = scattered(9, 3)
    mu[4, 2] = wrong
    with pytest.raises(ConfigInvalid, match="need finite means"):
        principal_plane(mu)


def test_one_dimension_has_no_two_components() -> None:
    with pytest.raises(ConfigInvalid, match="need two latent dimensions"):
        principal_plane(scattered(9, 1))
