"""A map's points as they travel: few bytes each, as exact as a map can show, and the first before the last are made."""

import base64
import threading
import zlib
from collections.abc import Iterator

import numpy as np
import pytest

from pages.ui.server import map_points
from pages.ui.server.map_points import Replayed, compressed, decompressed, on_plane, parse_dims
from tests.pages.node import answer_of_node
from tests.pages.points_file import Points, read_header, read_points
from vae_core.errors import ConfigInvalid
from vae_core.latent.planes import principal_plane, project
from vae_core.runs import Embedding


def normal(count: int, dims: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, dims)).astype(np.float32)


def embedding(mu: np.ndarray, labels: np.ndarray | None = None, index: np.ndarray | None = None) -> Embedding:
    """The posteriors with these means; of the first images unless an index says of which."""
    numbers = np.arange(len(mu)) if index is None else index
    known = None if labels is None else labels.astype(np.uint32)
    return Embedding(mu.astype(np.float32), np.zeros_like(mu), known, numbers.astype(np.int32), "held-out", 12)


def sent(given: Embedding, dims: tuple[int, ...] = (0, 1)) -> Points:
    """What arrives of it; nothing is left over."""
    data = b"".join(on_plane(given, dims))
    points = read_points(data)
    assert points.read == len(data)
    return points


def assert_places_are_kept(points: Points, x: np.ndarray, y: np.ndarray) -> None:
    for name, got, true in (("x", points.x, x), ("y", points.y, y)):
        low, high = points.header["ranges"][name]
        step = (high - low) / 65535
        assert np.abs(got - true).max(initial=0) <= step / 2 * (1 + 1e-6) + np.spacing(np.float32(abs(high)))


@pytest.mark.parametrize("count", [0, 1, 49_999, 50_000, 50_001, 120_000])
def test_every_point_arrives_within_half_a_step_with_its_label_and_number(count: int) -> None:
    mu, labels = normal(count), np.arange(count) % 10
    points = sent(embedding(mu, labels))
    assert_places_are_kept(points, mu[:, 0], mu[:, 1])
    np.testing.assert_array_equal(points.labels, labels)
    np.testing.assert_array_equal(points.index, np.arange(count))
    sizes = points.header["chunks"]
    assert (points.header["count"], len(sizes), sum(sizes)) == (count, -(-count // 50_000), count)
    assert max(sizes, default=0) - min(sizes, default=0) <= 1


def test_the_header_says_of_what_the_points_are_and_keeps_arrays_aligned() -> None:
    data = b"".join(on_plane(embedding(normal(3, 4)), (2, 0)))
    header, start = read_header(data)
    assert start % 8 == 0
    assert (header["split"], header["step"], header["shares"]) == ("held-out", 12, None)
    assert header["basis"] == [[0, 0, 1, 0], [1, 0, 0, 0]]
    assert header["origin"] == [0, 0, 0, 0]


@pytest.mark.parametrize(("most", "width"), [(255, 1), (256, 2), (65_535, 2), (65_536, 4), (2**32 - 1, 4)])
def test_labels_take_as_many_bytes_as_the_largest_of_them_needs(most: int, width: int) -> None:
    labels = np.array([3, most, 0])
    points = sent(embedding(normal(3), labels))
    assert points.header["labelBytes"] == width
    np.testing.assert_array_equal(points.labels, labels)


def test_images_without_a_class_have_no_labels() -> None:
    points = sent(embedding(normal(7)))
    assert (points.header["labelBytes"], points.labels) == (0, None)


@pytest.mark.parametrize(("gap", "width"), [(2, 1), (255, 1), (256, 2), (65_536, 4)])
@pytest.mark.parametrize("count", [1, 5, 1001])
def test_numbers_of_sampled_images_arrive_as_differences(
    gap: int, width: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_points, "POINTS_PER_CHUNK", 2000)
    index = 7 + gap * np.arange(count)
    points = sent(embedding(normal(count), index=index))
    np.testing.assert_array_equal(points.index, index)
    assert points.header["indexBytes"] == (width if count > 1 else 1)


def test_of_several_chunks_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_points, "POINTS_PER_CHUNK", 10)
    index = np.sort(np.random.default_rng(0).permutation(60_000)[:95])
    points = sent(embedding(normal(95), np.arange(95), index))
    np.testing.assert_array_equal(points.index, index)
    np.testing.assert_array_equal(points.labels, np.arange(95))
    assert points.header["chunks"] == [10] * 5 + [9] * 5


def test_numbers_that_descend_arrive_as_well() -> None:
    index = np.array([5, 2**31 - 1, 0, 3, 2])
    np.testing.assert_array_equal(sent(embedding(normal(5), index=index)).index, index)


def test_points_of_which_none_lies_far_away_have_no_outliers() -> None:
    mu = normal(5000)
    points = sent(embedding(mu))
    assert points.header["outliers"] == 0
    assert points.header["ranges"]["x"] == [mu[:, 0].min(), mu[:, 0].max()]


def test_points_far_away_arrive_exactly_and_leave_the_others_their_steps() -> None:
    mu = normal(5000)
    mu[[17, 4000]] = [[1e30, 0], [-0.123456, -777.7]]
    points = sent(embedding(mu))
    assert points.header["outliers"] == 2
    for name in "xy":
        low, high = points.header["ranges"][name]
        assert -9 < low < -2 < 2 < high < 9
    for row in (17, 4000):
        assert (points.x[row], points.y[row]) == tuple(mu[row])
    others = np.delete(np.arange(5000), [17, 4000])
    np.testing.assert_allclose(np.stack([points.x, points.y], axis=1)[others], mu[others], atol=18 / 65535)


def test_a_far_point_stands_at_the_nearest_end_until_the_outliers_come() -> None:
    mu = normal(5000)
    mu[9, 0] = -1e6
    data = b"".join(on_plane(embedding(mu), (0, 1)))
    points = read_points(data, chunks=1)
    assert points.x[9] == points.header["ranges"]["x"][0]


@pytest.mark.filterwarnings("error")
def test_places_that_are_no_number_arrive_as_they_are() -> None:
    mu = normal(100)
    mu[3], mu[5, 1] = [np.nan, np.inf], -np.inf
    points = sent(embedding(mu))
    np.testing.assert_array_equal([points.x[3], points.y[3], points.y[5]], [np.nan, np.inf, -np.inf])
    assert points.header["outliers"] == 2
    sent(embedding(np.full((4, 2), np.nan)))


@pytest.mark.parametrize("far", [0, 1])
def test_points_that_share_a_coordinate_have_it_exactly(far: int) -> None:
    mu = np.full((1000, 2), 0.3)
    mu[:far] = 5
    points = sent(embedding(mu))
    np.testing.assert_array_equal(points.x, mu.astype(np.float32)[:, 0])
    assert points.header["outliers"] == far


def test_points_of_one_dimension_lie_along_x() -> None:
    mu = normal(300, 1)
    points = sent(embedding(mu), (0,))
    assert_places_are_kept(points, mu[:, 0], np.zeros(300))
    assert points.header["basis"] == [[1], [0]]
    np.testing.assert_array_equal(points.y, np.zeros(300))


def test_points_on_principal_components_come_with_plane_and_shares() -> None:
    mu = normal(500, 5) * np.array([3, 1, 2, 0.5, 0.1], np.float32)
    plane, points = principal_plane(mu), sent(embedding(mu), ())
    assert_places_are_kept(points, *project(plane, mu))
    assert (points.header["basis"], points.header["origin"]) == (plane.basis.tolist(), plane.origin.tolist())
    assert points.header["shares"] == list(plane.shares or ())


def test_a_plane_that_is_not_there_is_refused_before_a_part_is_asked_for() -> None:
    for mu, dims in ((normal(5), (0, 2)), (normal(5, 1), ()), (np.full((5, 2), np.nan), ())):
        with pytest.raises(ConfigInvalid):
            on_plane(embedding(mu), dims)


@pytest.mark.parametrize("count", [10_000, 70_000])
def test_a_point_of_ten_classes_takes_six_bytes_at_most_and_fewer_compressed(count: int) -> None:
    labels = np.random.default_rng(1).integers(0, 10, count)
    parts = list(on_plane(embedding(normal(count) + labels[:, None], labels), (0, 1)))
    size = len(b"".join(parts)) - read_header(parts[0])[1]
    assert size <= 6 * count
    assert len(b"".join(compressed(parts))) < 0.95 * size


def test_the_first_compressed_piece_holds_header_and_first_chunk_before_another_is_made() -> None:
    mu, labels = normal(120_000), np.arange(120_000) % 10
    made = []

    def watched() -> Iterator[bytes]:
        for part in on_plane(embedding(mu, labels), (0, 1)):
            made.append(part)
            yield part

    first = next(compressed(watched()))
    arrived = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(first)
    assert made == [arrived]
    points = read_points(arrived, chunks=1)
    assert points.read == len(arrived)
    np.testing.assert_array_equal(np.flatnonzero(points.labels != -1), np.arange(0, 120_000, 3))
    np.testing.assert_allclose(points.x[::3], mu[::3, 0], atol=1e-3)


def test_pieces_are_one_gzip_file_that_can_be_taken_apart_again() -> None:
    parts = list(on_plane(embedding(normal(120_000)), (0, 1)))
    pieces = list(compressed(parts))
    assert zlib.decompress(b"".join(pieces), 16 + zlib.MAX_WBITS) == b"".join(parts)
    assert list(decompressed(pieces)) == parts


def test_what_is_replayed_is_made_once_for_all_who_ask_at_the_same_time() -> None:
    made: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(200):
            made.append(number)
            yield b"%d," % number

    replayed, found = Replayed(pieces()), []
    threads = [threading.Thread(target=lambda: found.append(list(replayed))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[b"%d," % number for number in range(200)]] * 8
    assert made == list(range(200))


@pytest.mark.parametrize(
    ("plane", "dims", "latent_dim", "expected"),
    [
        ("", "", 5, (0, 1)),
        ("dims", "", 1, (0,)),
        ("dims", "4,2", 5, (4, 2)),
        ("dims", "0", 1, (0,)),
        ("pca", "", 5, ()),
        ("pca", "x", 5, ()),
    ],
)
def test_a_plane_is_asked_for_by_its_kind_and_dimensions(
    plane: str, dims: str, latent_dim: int, expected: tuple[int, ...]
) -> None:
    assert parse_dims(plane, dims, latent_dim) == expected


@pytest.mark.parametrize("pieces", [1000, 10**9])
def test_the_browser_reads_what_is_written_here(monkeypatch: pytest.MonkeyPatch, pieces: int) -> None:
    monkeypatch.setattr(map_points, "POINTS_PER_CHUNK", 700)
    mu = normal(2000)
    mu[[17, 1500]] = [[1e6, 0], [-0.5, -777.7]]
    labels, index = np.arange(2000) * 7 % 300, np.arange(2000) * 5 + 3
    data = b"".join(on_plane(embedding(mu, labels, index), (0, 1)))
    ours = read_points(data)
    theirs = answer_of_node("points.mjs", {"file": base64.b64encode(data).decode(), "pieces": pieces})
    assert theirs["isComplete"]
    np.testing.assert_allclose(theirs["x"], ours.x, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(theirs["y"], ours.y, rtol=1e-6, atol=1e-6)
    assert (theirs["labels"], theirs["index"]) == (labels.tolist(), index.tolist())
    step = (ours.header["ranges"]["x"][1] - ours.header["ranges"]["x"][0]) / 65535
    assert theirs["header"]["extent"] == pytest.approx(theirs["extent"], abs=step), "what 99 of 100 reach"


def test_points_at_no_number_have_no_say_in_what_the_others_reach() -> None:
    mu = normal(300)
    mu[7] = np.nan
    assert sent(embedding(mu)).header["extent"] < 5
    assert sent(embedding(mu[:0])).header["extent"] == 0
