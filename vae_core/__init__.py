"""Latent Studio's core: variational autoencoders trained, measured and exported, without the app.

    from vae_core import TrainConfig, build_vae, load, train

Names are loaded when they are first used, so that `import vae_core` costs nothing and imports no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vae_core.architecture.onnx_models import decoder_onnx
    from vae_core.config import TrainConfig, parse_config
    from vae_core.data.downloads import download
    from vae_core.data.registry import DATASETS, load
    from vae_core.errors import LatentStudioError
    from vae_core.evaluation import evaluate
    from vae_core.interchange.exports.hugging_face import from_pretrained, push_to_hub
    from vae_core.interchange.exports.one_file import show
    from vae_core.model.networks import VAE, build_vae, load_weights
    from vae_core.model.posteriors import DiagonalGaussian, FullGaussian
    from vae_core.runs import list_runs, open_run
    from vae_core.training import Training, train

__all__ = [
    "DATASETS",
    "VAE",
    "DiagonalGaussian",
    "FullGaussian",
    "LatentStudioError",
    "TrainConfig",
    "Training",
    "build_vae",
    "decoder_onnx",
    "download",
    "evaluate",
    "from_pretrained",
    "list_runs",
    "load",
    "load_weights",
    "open_run",
    "parse_config",
    "push_to_hub",
    "show",
    "train",
]

_HOMES = {
    "config": ("TrainConfig", "parse_config"),
    "data.downloads": ("download",),
    "data.registry": ("DATASETS", "load"),
    "errors": ("LatentStudioError",),
    "evaluation": ("evaluate",),
    "interchange.exports.hugging_face": ("from_pretrained", "push_to_hub"),
    "interchange.exports.one_file": ("show",),
    "model.networks": ("VAE", "build_vae", "load_weights"),
    "architecture.onnx_models": ("decoder_onnx",),
    "model.posteriors": ("DiagonalGaussian", "FullGaussian"),
    "runs": ("list_runs", "open_run"),
    "training": ("Training", "train"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:  # PEP 562
    if name not in _MODULE_OF:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}; its public names are {', '.join(__all__)}"
        )
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
