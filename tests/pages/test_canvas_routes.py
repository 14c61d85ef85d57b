"""What the canvas fetches beside decoder and map: the encoder, snapshots, some real images, a layout."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator
from safetensors.numpy import load as load_tensors
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pages.ui import routes
from pages.ui.server import images, map_fits, urls
from tests.vae_core.run_samples import embedding_of, finish, random_weights
from tests.vae_core.small_runs import KeepingSchedule, digits, stop_after, trained
from tests.vae_core.waiting import wait_until
from vae_core import runs
from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx
from vae_core.data import registry
from vae_core.latent import tsne
from vae_core.runs import Embedding, Run, RunWriter, recovery

BASE = urls.run_base("digits")


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


def small_run(**settings: Any) -> Run:
    """A run of two epochs, in the place where the server looks."""
    return trained(digits(**settings), runs.runs_root())


def sentence(answer: Any) -> str:
    assert answer.status_code == 404
    return str(answer.json()["error"])


def test_the_encoder_of_a_finished_run_is_served(client: TestClient) -> None:
    run = runs.open_run("digits")
    expected = encoder_onnx(run.config, run.weights())
    assert client.get(f"{BASE}encoder/{run.step}").content == expected


def test_a_conditional_encoder_is_served_for_the_class_that_is_asked_for(client: TestClient) -> None:
    run = small_run(objective="cvae")
    base = urls.run_base(run.id)
    for label in (0, 7):
        expected = encoder_onnx(run.config, run.weights(), label)
        assert client.get(f"{base}encoder/{run.step}?label={label}").content == expected
    assert "class 12" in sentence(client.get(f"{base}encoder/{run.step}?label=12"))


def test_while_a_run_trains_its_encoder_is_that_of_the_step_or_of_the_newest(client: TestClient) -> None:
    writer = RunWriter.create(digits())
    for step in (3, 6):
        writer.publish_live(step, decoder=b"decoder", encoder=b"encoder %d" % step, embedding=embedding_of(4, step))
    base = urls.run_base(writer.run_id)
    assert client.get(f"{base}encoder/3").content == b"encoder 3"
    newest = client.get(f"{base}encoder/2")
    assert (newest.content, newest.headers["cache-control"]) == (b"encoder 6", "no-store")
    assert "step 7" in sentence(client.get(f"{base}encoder/7"))


def test_of_a_step_that_ended_an_epoch_the_models_of_then_are_served(client: TestClient) -> None:
    run = trained(digits(epochs=3, objective="cvae"), runs.runs_root(), schedule=KeepingSchedule(100, 100))
    base, first = urls.run_base(run.id), run.snapshots()[1]
    weights, _ = run.snapshot(first.epoch)
    assert first.step < run.step
    assert client.get(f"{base}encoder/{first.step}?label=4").content == encoder_onnx(run.config, weights, 4)
    assert client.get(f"{base}decoder/{first.step}?label=4").content == decoder_onnx(run.config, weights, 4)
    assert client.get(f"{base}encoder/{run.step}").content == encoder_onnx(run.config, run.weights(), 0)


def test_a_model_published_in_training_is_the_encoder_that_made_its_map(client: TestClient) -> None:
    run = trained(digits(epochs=3), runs.runs_root(), stop_after(7))
    again = recovery.reopen(run.directory)
    step = again.status.live_step
    assert step == 7
    file = client.get(f"{urls.run_base(run.id)}encoder/{step}").content
    embedding = run.embedding()
    pixels = registry.load("digits", "held-out").images[embedding.index].astype(np.float32) / 255
    (mu,) = ReferenceEvaluator(onnx.load_from_string(file)).run(["mu"], {"image": pixels})
    np.testing.assert_allclose(mu, embedding.mu, rtol=0, atol=1e-4)


def test_snapshots_are_listed_and_served_as_models_and_maps(client: TestClient) -> None:
    run = small_run()
    base = urls.run_base(run.id)
    listed = client.get(f"{base}snapshots").json()["snapshots"]
    assert [(each["epoch"], each["step"]) for each in listed] == [(0, 0), (1, 6), (2, 12)]
    for epoch in (0, 1):
        weights, embedding = run.snapshot(epoch)
        assert client.get(f"{base}snapshots/{epoch}/decoder").content == decoder_onnx(run.config, weights)
        assert client.get(f"{base}snapshots/{epoch}/encoder").content == encoder_onnx(run.config, weights)
        tensors = load_tensors(client.get(f"{base}snapshots/{epoch}/embedding").content)
        np.testing.assert_array_equal(tensors["mu"], embedding.mu)


def test_each_listed_snapshot_has_its_held_out_figures(client: TestClient) -> None:
    run = small_run()
    listed = client.get(f"{urls.run_base(run.id)}snapshots").json()["snapshots"]
    rows = {split: [row for row in run.metrics()[0] if row["split"] == split] for split in ("pca", "held-out")}
    for each, row in ((listed[0], rows["pca"][0]), (listed[-1], rows["held-out"][-1])):
        assert (each["reconstruction_nats"], each["kl_nats"]) == (row["reconstruction_nats"], row["kl_nats"])


def test_a_snapshot_without_a_held_out_row_is_listed_without_figures(client: TestClient) -> None:
    writer = RunWriter.create(digits())
    writer.save_snapshot(epoch=1, step=6, weights=random_weights(writer.config), embedding=embedding_of(3, 6))
    listed = client.get(f"{urls.run_base(writer.run_id)}snapshots").json()["snapshots"]
    assert listed == [{"epoch": 1, "step": 6, "reconstruction_nats": None, "kl_nats": None, "beta": None}]


def test_a_model_that_spans_beta_is_looked_at_at_several_of_them(client: TestClient) -> None:
    run = small_run(beta_span=4.0)
    base, stops = urls.run_base(run.id), run.betas()
    listed = client.get(f"{base}snapshots").json()["snapshots"]
    assert [each["beta"] for each in listed] == [stop.beta for stop in stops]
    assert (listed[0]["beta"], listed[-1]["beta"], len(listed)) == (pytest.approx(0.25), pytest.approx(4.0), 9)
    for index in (0, 8):
        config, weights, embedding = run.at_beta(index)
        assert client.get(f"{base}snapshots/{index + 1}/decoder").content == decoder_onnx(config, weights)
        assert client.get(f"{base}encoder/{index + 1}").content == encoder_onnx(config, weights)
        tensors = load_tensors(client.get(f"{base}snapshots/{index + 1}/embedding").content)
        np.testing.assert_array_equal(tensors["mu"], embedding.mu)
    assert "was not measured at a β numbered 10" in sentence(client.get(f"{base}snapshots/10/decoder"))
    run.verify()


def test_a_snapshot_that_is_not_there_is_one_sentence(client: TestClient) -> None:
    base = urls.run_base(small_run().id)
    for what in ("decoder", "encoder", "embedding"):
        assert "no snapshot of epoch 99" in sentence(client.get(f"{base}snapshots/99/{what}"))
    assert client.get(f"{base}snapshots/1/secret").status_code == 404


def test_an_epoch_that_was_trained_anew_is_served_as_it_is_now(client: TestClient) -> None:
    writer = RunWriter.create(digits())
    earlier = random_weights(writer.config)
    later = {name: array + 1 for name, array in earlier.items()}
    address = f"{urls.run_base(writer.run_id)}snapshots/1/decoder"
    for step, weights in ((6, earlier), (7, later)):
        writer.save_snapshot(epoch=1, step=step, weights=weights, embedding=embedding_of(3, step))
        assert client.get(address).content == decoder_onnx(writer.config, weights)


def test_real_images_are_served_for_the_numbers_that_are_asked_for(client: TestClient) -> None:
    images = registry.load("digits", "held-out").images
    answer = client.get(f"{BASE}thumbnails?numbers=5,0,5")
    assert answer.content == images[[5, 0, 5]].tobytes()


def test_numbers_in_the_whole_data_set_are_training_images_first(client: TestClient) -> None:
    train, held_out = (registry.load("digits", split).images for split in ("train", "held-out"))
    answer = client.get(f"{BASE}thumbnails?numbers={len(train)},3&split=all")
    assert answer.content == held_out[0].tobytes() + train[3].tobytes()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("numbers=", "whole numbers"),
        ("numbers=1,x", "whole numbers"),
        ("numbers=-1", "whole numbers"),
        ("numbers=1,,2", "whole numbers"),
        ("numbers=297", "numbered 0 to 296"),
        ("numbers=9999999999", "whole numbers"),
        ("numbers=1&split=secret", "held-out, all"),
        ("numbers=" + ",".join(["0"] * (images.MOST_IMAGES + 1)), "at most 1,024"),
    ],
)
def test_numbers_that_cannot_be_are_one_sentence(client: TestClient, query: str, words: str) -> None:
    assert words in sentence(client.get(f"{BASE}thumbnails?{query}"))


def test_a_layout_is_computed_in_the_background_and_the_same_each_time(client: TestClient) -> None:
    run = small_run(latent_dim=3)
    address = f"{urls.run_base(run.id)}layout/tsne"
    assert client.get(address).json() == {"state": "computing"}
    wait_until(lambda: client.get(address).headers["content-type"] != "application/json")
    answer = client.get(address)
    tensors = load_tensors(answer.content)
    assert tensors["xy"].shape == (297, 2)
    assert np.isfinite(tensors["xy"]).all()
    np.testing.assert_array_equal(tensors["row"], np.arange(297))
    assert map_fits.tsne_layout(run) == answer.content


def test_a_map_of_two_dimensions_needs_no_layout(client: TestClient) -> None:
    assert "two latent dimensions" in sentence(client.get(f"{BASE}layout/tsne"))


def mapped(mu: np.ndarray) -> Run:
    """A finished run with that map."""
    count, dims = mu.shape
    writer = RunWriter.create(digits(latent_dim=dims))
    index = np.arange(count, dtype=np.int32)
    embedding = Embedding(
        mu.astype(np.float32), -mu.astype(np.float32), np.zeros(count, np.uint8), index, "held-out", 12
    )
    return finish(writer, random_weights(writer.config), embedding=embedding)


def final(layout: bytes) -> int:
    return int(load_tensors(layout)["final"][0])


def test_a_layout_shows_ten_thousand_rows_that_are_evenly_spaced_and_what_there_is_of_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = mapped(np.random.default_rng(0).normal(size=(25_000, 3)))
    address = f"{urls.run_base(run.id)}layout/tsne"
    on_the_way: list[int] = []

    def steps(points: np.ndarray, _perplexity: float) -> Iterator[np.ndarray]:
        yield points[:, :2].astype(np.float32)
        on_the_way.append(final(client.get(address).content))
        yield points[:, 1:].astype(np.float32)

    monkeypatch.setattr(tsne, "layouts", steps)
    assert client.get(address).json() == {"state": "computing"}
    wait_until(lambda: not client.get(address).content.startswith(b"{") and final(client.get(address).content) == 1)
    assert on_the_way == [0]
    tensors = load_tensors(client.get(address).content)
    assert tensors["row"].dtype == np.int32
    assert (len(tensors["row"]), tensors["row"][0]) == (10_000, 0)
    assert set(np.diff(tensors["row"])) == {2, 3}
    assert tensors["row"][-1] < 25_000


@pytest.mark.parametrize("spread", [1.0, 1e-12])
def test_points_that_lie_in_clusters_stay_together_in_a_layout_whatever_their_scale(spread: float) -> None:
    noise = np.random.default_rng(0).normal(size=(60, 4))
    noise[30:, 3] += 50
    xy = load_tensors(map_fits.tsne_layout(mapped(spread * noise)))["xy"]
    centres = xy[:30].mean(axis=0), xy[30:].mean(axis=0)
    nearer = [np.linalg.norm(xy - centre, axis=1) for centre in centres]
    assert (nearer[0][:30] < nearer[1][:30]).all()
    assert (nearer[1][30:] < nearer[0][30:]).all()


@pytest.mark.parametrize(("count", "words"), [(4, "needs 5 or more"), (9, "to one place")])
def test_a_map_with_nothing_to_lay_out_says_so(client: TestClient, count: int, words: str) -> None:
    address = f"{urls.run_base(mapped(np.ones((count, 3))).id)}layout/tsne"
    wait_until(lambda: client.get(address).status_code == 404)  # and it is tried again
    wait_until(lambda: words in client.get(address).text)


def test_what_is_served_as_a_model_is_one(client: TestClient) -> None:
    step = runs.open_run("digits").step
    for what in ("decoder", "encoder"):
        onnx.checker.check_model(onnx.load_from_string(client.get(f"{BASE}{what}/{step}").content))
