"""What the map fetches of its points: all of them on a plane, streamed; and a bounded number of posteriors."""

import gzip
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load as load_tensors
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.testclient import TestClient

from pages.ui import routes
from pages.ui.server import artifacts, map_fits, map_points, urls
from tests.pages.points_file import Points, read_points
from tests.vae_core.run_samples import embedding_of, finish, random_weights
from tests.vae_core.small_runs import digits
from vae_core import runs
from vae_core.data import registry
from vae_core.latent.planes import principal_plane, project
from vae_core.runs import Embedding, Run, RunWriter

BASE = urls.run_base("digits")


@pytest.fixture
def client() -> Iterator[TestClient]:
    """With a middleware that compresses what is not compressed, as Streamlit has one."""
    with TestClient(Starlette(routes=routes.routes(), middleware=[Middleware(GZipMiddleware)])) as client:
        yield client


def mapped(mu: np.ndarray, labels: np.ndarray | None = None) -> Run:
    """A finished run with that map."""
    writer = RunWriter.create(digits(latent_dim=mu.shape[1]))
    index = np.arange(len(mu), dtype=np.int32)
    known = None if labels is None else labels.astype(np.uint32)
    embedding = Embedding(mu.astype(np.float32), -mu.astype(np.float32), known, index, "held-out", 12)
    return finish(writer, random_weights(writer.config), embedding=embedding)


def scattered(count: int, dims: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, dims)).astype(np.float32)


def fetched(client: TestClient, address: str) -> Points:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return read_points(answer.content)


def sentence(answer: Any) -> str:
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    return str(answer.json()["error"])


def test_points_are_those_of_the_embedding_on_two_of_its_dimensions(client: TestClient) -> None:
    run = runs.open_run("digits")
    embedding = run.embedding()
    points = fetched(client, f"{BASE}points/{run.step}?plane=dims&dims=1,0")
    np.testing.assert_allclose(points.x, embedding.mu[:, 1], atol=1e-3)
    np.testing.assert_allclose(points.y, embedding.mu[:, 0], atol=1e-3)
    np.testing.assert_array_equal(points.labels, embedding.labels)
    np.testing.assert_array_equal(points.index, embedding.index)
    assert (points.header["split"], points.header["step"]) == (embedding.split, run.step)


def test_points_are_sent_on_principal_components(client: TestClient) -> None:
    mu = scattered(50, 4)
    run = mapped(mu)
    points = fetched(client, f"{urls.run_base(run.id)}points/{run.step}?plane=pca")
    x, y = project(principal_plane(mu), mu)
    np.testing.assert_allclose([points.x, points.y], [x, y], atol=1e-3)


def test_points_of_one_dimension_without_a_class_are_sent(client: TestClient) -> None:
    mu = scattered(50, 1)
    run = mapped(mu)
    base = f"{urls.run_base(run.id)}points/{run.step}"
    for query in ("", "?dims=0"):
        points = fetched(client, f"{base}{query}")
        np.testing.assert_allclose(points.x, mu[:, 0], atol=1e-3)
        assert (points.labels, points.y.any()) == (None, False)


def test_points_of_the_whole_data_set_are_sent(client: TestClient) -> None:
    run = runs.open_run("digits")
    points = fetched(client, f"{BASE}points/{run.step}?split=all")
    assert (points.header["count"], points.header["split"], points.header["indexBytes"]) == (1797, "all", 0)
    np.testing.assert_allclose(points.x[-297:], run.embedding().mu[:, 0], atol=1e-3)


def test_points_after_an_epoch_are_those_of_its_snapshot_also_when_it_was_trained_anew(client: TestClient) -> None:
    writer = RunWriter.create(digits())
    address = f"{urls.run_base(writer.run_id)}snapshots/1/points"
    for step, count in ((6, 3), (7, 4)):
        writer.save_snapshot(
            epoch=1, step=step, weights=random_weights(writer.config), embedding=embedding_of(count, step)
        )
        points = fetched(client, f"{address}?dims=1,0")
        assert (points.header["step"], points.x.tolist()) == (step, pytest.approx([1, 3, 5, 7][:count], abs=1e-3))
    assert "no snapshot of epoch 99" in sentence(client.get(address.replace("1/points", "99/points")))


def test_while_a_run_trains_its_points_are_those_of_the_step_or_of_the_newest(client: TestClient) -> None:
    writer = RunWriter.create(digits())
    for step in (3, 6):
        writer.publish_live(step, decoder=b"decoder", encoder=b"encoder", embedding=embedding_of(step, step))
    base = f"{urls.run_base(writer.run_id)}points"
    assert fetched(client, f"{base}/3").header["count"] == 3
    answer = client.get(f"{base}/2")
    assert (read_points(answer.content).header["step"], answer.headers["cache-control"]) == (6, "no-store")
    assert "step 7" in sentence(client.get(f"{base}/7"))


def test_points_come_compressed_once_for_whoever_unpacks_and_plain_for_others(client: TestClient) -> None:
    address = f"{BASE}points/{runs.open_run('digits').step}"
    contents = []
    for accepted, expected in (("gzip, br", "gzip"), ("br", "identity")):
        with client.stream("GET", address, headers={"accept-encoding": accepted}) as answer:
            raw = b"".join(answer.iter_raw())
        headers = answer.headers
        assert (headers["content-encoding"], headers["vary"]) == (expected, "Accept-Encoding")
        assert (headers["cache-control"], headers["x-content-type-options"]) == (routes.A_MINUTE, "nosniff")
        contents.append(gzip.decompress(raw) if expected == "gzip" else raw)
    assert contents[0] == contents[1]
    assert read_points(contents[0]).read == len(contents[0])


def test_points_of_what_is_finished_are_made_once_for_each_plane(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = mapped(scattered(40, 3))
    made = []
    on_plane = map_points.on_plane
    monkeypatch.setattr(map_points, "on_plane", lambda *given: made.append(given[1]) or on_plane(*given))
    base = f"{urls.run_base(run.id)}points/{run.step}"
    answers = [
        client.get(f"{base}?{query}").content for query in ("dims=0,1", "", "plane=pca", "dims=0,1", "plane=pca")
    ]
    assert made == [(0, 1), ()]
    assert answers[0] == answers[1] == answers[3]
    assert answers[2] == answers[4] != answers[0]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("plane=layout", "there is no 'layout'; ask for one of dims, pca"),
        ("dims=0", "two different ones from 0 to 1, and got 0;"),
        ("dims=0,2", "got 0,2"),
        ("dims=1,1", "got 1,1"),
        ("dims=0,1,1", "got 0,1,1"),
        ("dims=0,1,1,1", "such as 0,1"),
        ("dims=0,x", "got '0,x'"),
        ("dims=-1,0", "got '-1,0'"),
        ("dims=0,", "got '0,'"),
        ("dims=0,²", "such as 0,1"),
        ("dims=0,9999999999", "such as 0,1"),
    ],
)
def test_a_plane_that_cannot_be_is_one_sentence(client: TestClient, query: str, words: str) -> None:
    assert words in sentence(client.get(f"{BASE}points/{runs.open_run('digits').step}?{query}"))


def test_means_that_have_no_components_are_one_sentence(client: TestClient) -> None:
    mu = scattered(5, 3)
    mu[2, 1] = np.inf
    for means, words in ((scattered(5, 1), "two latent dimensions"), (mu, "finite means")):
        run = mapped(means)
        assert words in sentence(client.get(f"{urls.run_base(run.id)}points/{run.step}?plane=pca"))


def test_a_snapshots_plane_that_cannot_be_is_one_sentence(client: TestClient) -> None:
    writer = RunWriter.create(digits())
    writer.save_snapshot(epoch=1, step=6, weights=random_weights(writer.config), embedding=embedding_of(3, 6))
    base = f"{urls.run_base(writer.run_id)}snapshots/1/points"
    for query, words in (("plane=x", "there is no 'x'"), ("dims=0,5", "got 0,5")):
        assert words in sentence(client.get(f"{base}?{query}"))


def test_of_posteriors_that_are_too_many_every_kth_is_sent_with_its_number(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    mu = scattered(100, 3)
    run = mapped(mu, np.arange(100))
    address = f"{urls.run_base(run.id)}embedding/{run.step}"
    monkeypatch.setattr(artifacts, "POSTERIOR_BYTES", 100 * 3 * 8)
    assert client.get(address).content == run.embedding_bytes()
    monkeypatch.setattr(artifacts, "POSTERIOR_BYTES", 100 * 3 * 8 - 1)
    tensors = load_tensors(client.get(address).content)
    np.testing.assert_array_equal(tensors["index"], np.arange(0, 100, 2))
    np.testing.assert_array_equal(tensors["labels"], np.arange(0, 100, 2))
    np.testing.assert_array_equal(tensors["mu"], mu[::2])
    np.testing.assert_array_equal(tensors["logvar"], -mu[::2])
    monkeypatch.setattr(artifacts, "POSTERIOR_BYTES", 30 * 3 * 8 + 5)
    tensors = load_tensors(client.get(address).content)
    np.testing.assert_array_equal(tensors["index"], np.arange(0, 100, 4))
    assert len(run.embedding().index) == 100
    assert fetched(client, address.replace("embedding", "points")).header["count"] == 100


def test_so_is_it_while_a_run_trains_after_an_epoch_and_of_the_whole_data_set(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "POSTERIOR_BYTES", 8 * 2 * 8)
    writer = RunWriter.create(digits())
    writer.publish_live(6, decoder=b"decoder", encoder=b"encoder", embedding=embedding_of(20, 6))
    writer.save_snapshot(epoch=1, step=6, weights=random_weights(writer.config), embedding=embedding_of(20, 6))
    base = urls.run_base(writer.run_id)
    for address in (f"{base}embedding/6", f"{base}snapshots/1/embedding"):
        assert load_tensors(client.get(address).content)["index"].tolist() == [0, 3, 6, 9, 12, 15, 18]
    every = load_tensors(client.get(f"{BASE}embedding/{runs.open_run('digits').step}?split=all").content)["index"]
    np.testing.assert_array_equal(every, np.arange(0, 1797, 225))


def test_images_and_layout_are_row_by_row_of_what_is_sent(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    run = mapped(scattered(100, 3))
    monkeypatch.setattr(artifacts, "POSTERIOR_BYTES", 50 * 3 * 8)
    pixels = registry.load("digits", "held-out").images
    assert client.get(f"{urls.run_base(run.id)}images").content == pixels[0:100:2].tobytes()
    rows = load_tensors(map_fits.tsne_layout(run))["row"]
    np.testing.assert_array_equal(rows, np.arange(50))
