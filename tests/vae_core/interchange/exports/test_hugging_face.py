"""A model in Hugging Face's layout: out and in again, and its card."""

import dataclasses
import html
import json
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from tests.vae_core.interchange.exports.hostile_words import HOSTILE
from vae_core import build_vae, from_pretrained, load_weights, push_to_hub, runs
from vae_core.errors import CheckpointDamaged, RunMissing, ShapeMismatch
from vae_core.interchange.exports import hugging_face
from vae_core.interchange.exports.model_card import escaped, model_card
from vae_core.runs import Run, storage


def written(run: Run, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in hugging_face.files(run).items():
        (folder / name).write_bytes(data)
    return folder


def test_weights_settings_and_card_come_in_again_as_they_went_out(finished: Run, tmp_path: Path) -> None:
    saved = hugging_face.read_folder(written(finished, tmp_path / "model"))
    assert (saved.config, saved.card, saved.step) == (finished.config, finished.card, finished.step)
    before = finished.weights()
    assert saved.weights.keys() == before.keys()
    assert all(saved.weights[name].tobytes() == before[name].tobytes() for name in before)


def test_a_folder_opens_as_the_torch_model_that_it_was(finished: Run, tmp_path: Path) -> None:
    model, other = from_pretrained(written(finished, tmp_path / "model")), build_vae(finished.config, finished.card)
    load_weights(other, finished.weights())
    z = torch.linspace(-2, 2, 6).reshape(3, 2)
    assert torch.equal(model.image(z), other.image(z))


def test_equal_runs_give_equal_files(finished: Run) -> None:
    assert hugging_face.files(finished) == hugging_face.files(finished)


def test_renamed_weights_are_refused_where_others_take_random_ones(finished: Run) -> None:
    files = hugging_face.files(finished)
    renamed = {f"module.{name}": array for name, array in finished.weights().items()}
    with pytest.raises(ShapeMismatch, match="no such tensor"):
        hugging_face.parse_files(files["config.json"], storage.dump_tensors(renamed))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"model_type": "bert"}, "is of 'bert'"),
        ({"format": 2}, "format 1"),
        ([], "is of 'None'"),
        ({"config": 3}, "has no settings"),
        ({"card": {}}, "copy the run again"),
    ],
)
def test_another_config_is_refused_in_a_sentence(finished: Run, values: Any, told: str) -> None:
    files = hugging_face.files(finished)
    content = {**json.loads(files["config.json"]), **values} if isinstance(values, dict) else values
    with pytest.raises(CheckpointDamaged, match=told):
        hugging_face.parse_files(json.dumps(content).encode(), files["model.safetensors"])


def test_a_folder_without_weights_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CheckpointDamaged, match=r"config\.json could not be read"):
        hugging_face.read_folder(tmp_path)


def test_a_folder_goes_to_the_hub_through_its_mixin_and_comes_back(
    finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ModelHubMixin:
        def push_to_hub(self, repo_id: str, *, private: bool) -> str:
            assert private
            (tmp_path / repo_id).mkdir(parents=True)
            self._save_pretrained(tmp_path / repo_id)  # type: ignore[attr-defined]
            return f"https://example.invalid/{repo_id}"

    def download(repo_id: str, **_: Any) -> str:
        return str(tmp_path / repo_id)

    hub = SimpleNamespace(ModelHubMixin=ModelHubMixin, snapshot_download=download)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)  # type: ignore[arg-type]
    assert push_to_hub(finished, "me/digits", private=True) == "https://example.invalid/me/digits"
    assert sorted(path.name for path in (tmp_path / "me/digits").iterdir()) == sorted(hugging_face.files(finished))
    weights = dict(from_pretrained("me/digits").named_parameters())
    np.testing.assert_array_equal(weights["decoder.0.weight"].detach(), finished.weights()["decoder.0.weight"])


def test_without_the_hubs_package_one_sentence_says_so(finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    missing: ModuleType | None = None
    monkeypatch.setitem(sys.modules, "huggingface_hub", missing)  # type: ignore[arg-type]  # as if it were not there
    with pytest.raises(RunMissing, match="pip install huggingface_hub"):
        push_to_hub(finished, "me/digits")
    with pytest.raises(RunMissing, match="me/digits is no folder"):
        from_pretrained("me/digits")


# The card


def test_the_cards_figures_are_those_that_were_measured() -> None:
    run = runs.open_run("mnist")
    figures = run.evaluation().held_out
    row = next(line for line in model_card(run).splitlines() if line.startswith("| held-out"))
    expected = [figures.negative_elbo_nats, figures.reconstruction_nats, figures.kl_nats]
    assert [float(cell) for cell in row.split("|")[3:6]] == pytest.approx(expected, abs=0.005)


def test_an_autoencoder_claims_no_bound() -> None:
    card = model_card(runs.open_run("lesson-autoencoder"))
    assert "| none |" in card
    assert "negative-elbo" not in card


def test_the_cards_lines_of_python_run_in_the_folder(
    finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(finished, tmp_path / "model")
    monkeypatch.chdir(folder)
    lines = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    exec(lines[0], {})
    assert "decoded (1, 1, 8, 8)" in capsys.readouterr().out


def test_words_of_a_data_set_are_shown_as_they_are_written_and_do_nothing() -> None:
    for words in HOSTILE:
        shown = escaped(words)
        assert re.fullmatch(r"(?:[\w ,;%]|&(?:#\d+|lt|gt|amp|quot|#x27);)*", shown)
        assert html.unescape(shown) == " ".join(words.split())


def test_a_card_says_hostile_words_and_is_none_of_them(finished: Run) -> None:
    for words in HOSTILE:
        line = " ".join(words.split())
        classes = (line, *(finished.card.classes or ())[1:])
        card = dataclasses.replace(finished.card, title=line, classes=classes, origin=line)
        _, front, body = model_card(dataclasses.replace(finished, card=card)).split("---\n", 2)
        values = dict(each.split(": ", 1) for each in front.splitlines())
        assert json.loads(values["model-index"])[0]["results"][0]["dataset"]["name"] == line
        text = re.sub(r"```.*?```", "", body, flags=re.DOTALL)
        assert "<" not in text
        assert "javascript:" not in text
        assert text.count(escaped(line)) == 4
