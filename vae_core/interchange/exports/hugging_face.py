"""A run's model in Hugging Face's layout: config.json, model.safetensors and a model card, README.md.

config.json holds all that is needed to build the network again:

    model_type      "latent-studio-vae"
    format          1; another number is another layout
    config          the settings, as `TrainConfig` reads them
    card            the card of the data set, as `DataCard` reads it: image shape, classes, statistics
    step            of the training, after which these weights were

model.safetensors has the weights by torch's names ("encoder.1.weight", …), float32, byte for byte those of the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vae_core.config import TrainConfig, check_data, parse_config
from vae_core.data.source import DataCard, parse_card
from vae_core.errors import CheckpointDamaged, RunMissing
from vae_core.interchange.exports.model_card import model_card
from vae_core.runs import Run, records, storage

if TYPE_CHECKING:
    from vae_core.model.networks import VAE

MODEL_TYPE = "latent-studio-vae"
FORMAT = 1
CONFIG, WEIGHTS, CARD = "config.json", "model.safetensors", "README.md"


@dataclass(frozen=True)
class SavedModel:
    """What such a folder holds. weights: by torch's names, float32. step: of the training that made them."""

    config: TrainConfig
    card: DataCard
    weights: dict[str, npt.NDArray[np.float32]]
    step: int


def files(run: Run) -> dict[str, bytes]:
    """The folder of a complete run, {name: bytes}; equal runs give equal ones. Raises RunMissing, CheckpointDamaged."""
    return {
        CONFIG: storage.dump_json(config_values(run)),
        WEIGHTS: state_dict(run),
        CARD: model_card(run).encode(),
    }


def config_values(run: Run) -> dict[str, Any]:
    """What config.json holds, see above."""
    return {
        "model_type": MODEL_TYPE,
        "format": FORMAT,
        "config": run.config.model_dump(mode="json"),
        "card": run.card.as_json(),
        "step": run.step,
    }


def state_dict(run: Run) -> bytes:
    """The weights as safetensors, by torch's names: `safetensors.torch.load_file` gives what `load_state_dict` takes.

    "format" among its metadata is what readers of Hugging Face's ask for. Raises RunMissing or CheckpointDamaged.
    """
    return storage.dump_tensors(run.weights(), {"format": "pt"})


def parse_files(config: bytes, weights: bytes, what: str = "the model") -> SavedModel:
    """A model from the untrusted bytes of config.json and model.safetensors; nothing is executed.

    Raises CheckpointDamaged (not such a folder, or damaged), ConfigInvalid or ShapeMismatch, which name what.
    """
    values = storage.parse_json(config, f"{CONFIG} of {what}")
    if not isinstance(values, dict) or values.get("model_type") != MODEL_TYPE or values.get("format") != FORMAT:
        kind = values.get("model_type") if isinstance(values, dict) else None
        raise CheckpointDamaged(
            f"{CONFIG} of {what} should be of model_type {MODEL_TYPE!r}, format {FORMAT}, and is of "
            f"{str(kind)[:40]!r}; give a folder that Latent Studio wrote"
        )
    if not isinstance(values.get("config"), dict) or not isinstance(values.get("step"), int):
        raise CheckpointDamaged(f"{CONFIG} of {what} has no settings or no step; copy it again from where it came")
    settings, card = parse_config(values["config"]), parse_card(values.get("card"), f"{CONFIG} of {what}")
    check_data(settings, card)
    tensors, _ = storage.parse_tensors(weights, f"{WEIGHTS} of {what}")
    records.check_weights(tensors, settings, card, f"{WEIGHTS} of {what}")
    return SavedModel(settings, card, tensors, values["step"])


def read_folder(folder: Path) -> SavedModel:
    """`parse_files` of a folder. Raises as that, and CheckpointDamaged for a file that is missing."""
    found = {name: _read(folder, name) for name in (CONFIG, WEIGHTS)}
    return parse_files(found[CONFIG], found[WEIGHTS], folder.name)


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise CheckpointDamaged(
            f"{folder} should hold {CONFIG} and {WEIGHTS}, and {name} could not be read ({error.strerror or error}); "
            "name a folder that Latent Studio wrote"
        ) from None


def from_pretrained(place: str | Path, **options: Any) -> VAE:
    """The torch model in a folder of this layout, or in a repository of the Hugging Face Hub, such as "me/mnist-vae".

    options: for `huggingface_hub.snapshot_download`, such as revision or token. Weights have to fit by name and shape,
    all of them. Raises CheckpointDamaged, ConfigInvalid, ShapeMismatch, or RunMissing where there is no such folder
    and huggingface_hub is not installed; and what huggingface_hub raises.
    """
    from vae_core.model.networks import build_vae, load_weights  # noqa: PLC0415  torch, for whoever wants a torch model

    folder = Path(place)
    if not folder.is_dir():
        patterns = [CONFIG, WEIGHTS]
        folder = Path(_hub(f"{place} is no folder").snapshot_download(str(place), allow_patterns=patterns, **options))
    saved = read_folder(folder)
    model = build_vae(saved.config, saved.card)
    load_weights(model, saved.weights)
    return model


def push_to_hub(run: Run, repo_id: str, **options: Any) -> str:
    """Sends a run's folder to a repository of the Hugging Face Hub, such as "me/mnist-vae"; returns its address.

    options: for `ModelHubMixin.push_to_hub`, such as private or token. Raises RunMissing where huggingface_hub is not
    installed or the run is not complete; and what huggingface_hub raises.
    """
    hub, contents = _hub("a model is sent to the Hub by that package"), files(run)

    class Folder(hub.ModelHubMixin):  # type: ignore[misc, name-defined]  # the mixin writes no card where there is one
        def _save_pretrained(self, save_directory: Path) -> None:
            for name, data in contents.items():
                storage.write_file(Path(save_directory) / name, data)

    return str(Folder().push_to_hub(repo_id, **options))


def _hub(why: str) -> ModuleType:
    try:
        return import_module("huggingface_hub")
    except ImportError:
        raise RunMissing(f"huggingface_hub is not installed, and {why}; pip install huggingface_hub") from None
