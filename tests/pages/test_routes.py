"""The routes beside Streamlit's: what components fetch, and what strangers get."""

import gzip
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
from safetensors.numpy import load as load_tensors
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pages.ui import routes
from pages.ui.server import assets, browser_runtime, urls
from tests.vae_core.run_samples import finish, random_weights
from vae_core import jobs, runs
from vae_core.architecture.onnx_models import decoder_onnx
from vae_core.config import parse_config
from vae_core.runs import RunWriter


class NoJobs:
    """No training on this server."""

    reason: str | None = None

    def queue_position(self, run_id: str) -> int | None:
        return None

    def blocked(self, run_id: str) -> str | None:
        return self.reason

    def is_elsewhere(self, run_id: str) -> bool:
        return False


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(jobs, "shared", NoJobs)
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


def test_a_runs_status_metrics_decoder_and_embedding_are_served(client: TestClient) -> None:
    base = urls.run_base("digits")
    run = runs.open_run("digits")
    assert client.get(f"{base}status").json()["state"] == "finished"
    metrics = client.get(f"{base}rows").json()
    assert metrics["rows"]
    assert client.get(f"{base}rows?offset={metrics['offset']}").json()["rows"] == []
    assert client.get(f"{base}decoder/{run.step}").content == run.decoder(run.step)
    tensors = load_tensors(client.get(f"{base}embedding/{run.step}").content)
    assert tensors["mu"].shape == (297, 2)


def new_run(rows: int = 0, **choices: Any) -> RunWriter:
    """A run that trains, with so many rows."""
    writer = RunWriter.create(parse_config({"dataset": "digits", "hidden_sizes": (3,), **choices}))
    writer.update_status(state="running")
    for step in range(rows):
        writer.append_metrics({"split": "train", "step": step})
    return writer


def test_an_offset_beyond_a_file_that_was_cut_begins_again_with_all_rows(client: TestClient) -> None:
    base = urls.run_base(new_run(rows=3).run_id)
    whole = client.get(f"{base}rows").json()
    assert "reset" not in client.get(f"{base}rows?offset={whole['offset']}").json()
    answer = client.get(f"{base}rows?offset={whole['offset'] + 500}").json()
    assert answer["reset"] is True
    assert answer["rows"] == whole["rows"]
    assert answer["offset"] == whole["offset"]


@pytest.mark.parametrize("offset", ["-1", "x", "", "9" * 40, "²"])
def test_an_offset_that_is_no_number_means_from_the_first_row(client: TestClient, offset: str) -> None:
    base = urls.run_base(new_run(rows=2).run_id)
    assert len(client.get(f"{base}rows?offset={offset}").json()["rows"]) == 2


def test_a_run_that_the_disk_holds_up_is_paused_with_the_disks_sentence(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = urls.run_base(new_run().run_id)
    monkeypatch.setattr(NoJobs, "reason", "the disk is full")
    for status in (client.get(f"{base}status").json(), client.get(f"{base}rows").json()["status"]):
        assert (status["state"], status["error"]) == ("paused", "the disk is full")
    assert client.get(f"{urls.run_base('digits')}status").json()["state"] == "finished"


def test_a_conditional_models_decoder_is_made_for_the_class_that_is_asked_for(client: TestClient) -> None:
    writer = new_run(objective="cvae")
    weights = random_weights(writer.config)
    run = finish(writer, weights)
    base = f"{urls.run_base(run.id)}decoder/{run.step}"
    assert client.get(base).content == run.decoder()
    assert client.get(f"{base}?label=7").content == decoder_onnx(run.config, weights, 7)
    answer = client.get(f"{base}?label=10")
    assert answer.status_code == 404
    assert "class 10" in answer.json()["error"]


def test_a_step_that_has_gone_meanwhile_is_answered_with_the_newest(client: TestClient) -> None:
    writer = new_run()
    run = finish(writer, random_weights(writer.config))
    for kind, newest in {"decoder": run.decoder(), "embedding": run.embedding_bytes()}.items():
        answer = client.get(f"{urls.run_base(run.id)}{kind}/{run.step - 1}")
        assert (answer.status_code, answer.content) == (200, newest)
        assert answer.headers["cache-control"] == "no-store"
        assert client.get(f"{urls.run_base(run.id)}{kind}/{run.step + 1}").status_code == 404


def test_a_model_that_knows_no_classes_has_one_decoder_whatever_is_asked_for(client: TestClient) -> None:
    run = runs.open_run("digits")
    base = f"{urls.run_base('digits')}decoder/{run.step}"
    assert client.get(f"{base}?label=3").content == client.get(base).content


def test_real_images_come_row_by_row_of_the_embedding(client: TestClient) -> None:
    content = client.get(f"{urls.run_base('digits')}images").content
    images = np.frombuffer(content, np.uint8).reshape(-1, 1, 8, 8)
    assert len(images) == len(runs.open_run("digits").embedding().labels)


def test_all_points_are_encoded_on_request(client: TestClient) -> None:
    run = runs.open_run("digits")
    tensors = load_tensors(client.get(f"{urls.run_base('digits')}embedding/{run.step}?split=all").content)
    assert tensors["mu"].shape == (1797, 2)
    held_out = run.embedding()
    np.testing.assert_allclose(tensors["mu"][-len(held_out.mu) :], held_out.mu, atol=1e-4)


def test_images_of_a_data_set_that_is_not_here_are_a_sentence(client: TestClient) -> None:
    answer = client.get(f"{urls.run_base('mnist')}images")
    assert answer.status_code == 404
    assert "MNIST is not on this machine" in answer.json()["error"]


@pytest.mark.parametrize("run_id", ["0" * 32, "nothing", "..", "%2e%2e%2fvae_core", "mnist%00", "DIGITS", "a" * 33])
def test_an_id_that_names_no_run_gets_404_and_a_sentence(client: TestClient, run_id: str) -> None:
    answer = client.get(f"/studio/runs/{run_id}/status")
    assert answer.status_code == 404


def test_a_damaged_run_is_a_sentence_that_names_the_file(client: TestClient) -> None:
    run_id = runs.new_run_id()
    folder = runs.runs_root() / run_id
    shutil.copytree(runs.open_run("digits").directory, folder)
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[len(weights) // 2] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    answer = client.get(f"{urls.run_base(run_id)}decoder/{runs.open_run('digits').step}")
    assert answer.status_code == 404
    assert "model.safetensors" in answer.json()["error"]


def test_an_answer_tells_how_long_the_server_worked_on_it(client: TestClient) -> None:
    timing = client.get(f"{urls.run_base('digits')}status").headers["server-timing"]
    assert float(timing.removeprefix("handler;dur=")) > 0


def test_binary_answers_are_not_compressed_again(client: TestClient) -> None:
    answer = client.get(f"{urls.run_base('digits')}embedding/{runs.open_run('digits').step}")
    assert answer.headers["content-encoding"] == "identity"


def test_assets_are_compressed_and_kept_for_good(client: TestClient) -> None:
    answer = client.get(f"{urls.asset_base()}plotly.js")
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    path = assets.locate("plotly.js")
    assert path
    assert gzip.decompress(assets.compressed(path)) == path.read_bytes()


def test_files_that_npm_is_still_unpacking_are_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, small = browser_runtime.REQUIRED[0], assets.locate("plotly.js")
    assert assets.locate(f"ort/{runtime.name}") == runtime
    monkeypatch.setattr(browser_runtime.Installer, "state", property(lambda self: "fetching"))
    assert assets.locate(f"ort/{runtime.name}") is None
    assert assets.locate("plotly.js") not in (None, small)


def test_assets_are_plain_for_a_client_that_cannot_unpack_them(client: TestClient) -> None:
    answer = client.get(f"{urls.asset_base()}plotly.js", headers={"accept-encoding": "br"})
    assert answer.headers["content-encoding"] == "identity"


@pytest.mark.parametrize(
    "name",
    ["ui/../../app.py", "ui/state.py", "ui/../../vae_core/pretrained/mnist/config.json", "ort/package.json", "secret"],
)
def test_nothing_but_the_browsers_own_files_is_served(client: TestClient, name: str) -> None:
    assert assets.locate(name) is None
    assert client.get(f"{urls.asset_base()}{name}").status_code == 404


@pytest.mark.parametrize("version", ["000000000000", "x"])
def test_an_address_of_another_version_has_no_file_and_asks_to_reload(client: TestClient, version: str) -> None:
    answer = client.get(f"/studio/assets/{version}/ui/browser/lib/dom.mjs")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert "reload" in answer.json()["error"]


def test_a_file_that_changed_since_the_version_was_told_has_no_address(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, module = tmp_path / "package-lock.json", tmp_path / "a.mjs"
    lock.write_text("{}")
    module.write_text("1")
    monkeypatch.setattr(assets, "UI", tmp_path)
    monkeypatch.setattr(assets, "LOCK", lock)
    assets._known.cache_clear()
    of_ours, of_npm = f"{urls.asset_base()}ui/a.mjs", f"{urls.asset_base()}{assets.GIFENC}"
    assert [client.get(each).status_code for each in (of_ours, of_npm)] == [200, 200]
    for changed, address in ((module, of_ours), (lock, of_npm)):
        os.utime(changed, ns=(1, 1))
        answer = client.get(address)
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
        assert "start it again" in answer.json()["error"]
    monkeypatch.undo()
    assets._known.cache_clear()


def test_the_whole_of_plotly_is_not_kept_for_good_while_npm_brings_the_part_we_use(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_runtime.Installer, "state", property(lambda self: "fetching"))
    assert client.get(f"{urls.asset_base()}{assets.PLOTLY}").headers["cache-control"] == "no-store"


def test_every_module_of_every_component_has_an_address() -> None:
    modules = list(assets.UI.rglob("*.mjs"))
    assert modules
    assert all(assets.locate(f"ui/{path.relative_to(assets.UI).as_posix()}") == path for path in modules)


def test_while_a_runs_folder_is_away_its_routes_say_what_it_waits_for(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NoJobs, "reason", "/runs/7/metrics.jsonl could not be written (Stale file handle)")
    for route in ("rows?offset=0", "status", "verdict"):
        answer = client.get(f"{urls.run_base('0' * 32)}{route}")
        assert answer.json() == {"error": NoJobs.reason}


def test_addresses_are_found_from_the_page_whatever_a_proxy_has_put_before_or_stripped() -> None:
    for address in (urls.run_base("mnist"), urls.asset_base()):
        assert address.startswith("studio/")
        for page in ("http://host/", "http://host/user/ann/proxy/8501/", "http://host/prefix/train?beta=2"):
            assert urljoin(page, address) == f"{page.rpartition('/')[0]}/{address}"


def test_a_base_path_is_part_of_the_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls.config, "get_option", lambda _: "/prefix/")
    assert routes.routes()[0].path == "/prefix/studio"


def test_a_changed_file_changes_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.mjs").write_text("1")
    monkeypatch.setattr(assets, "UI", tmp_path)
    assets._known.cache_clear()
    before = assets.version()
    (tmp_path / "a.mjs").write_text("2")
    assets._known.cache_clear()
    assert assets.version() != before
    monkeypatch.undo()
    assets._known.cache_clear()
