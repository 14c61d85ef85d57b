"""Every setting of a training, once: type, bounds, default, words; recipes and schedules. Knows no model and no run."""

from vae_core.config.suited_data import check_data, check_new
from vae_core.config.train_config import (
    TrainConfig,
    bounds,
    choices,
    default_of,
    parse_config,
    settings,
    title_of,
    total_steps,
)
from vae_core.config.typed_numbers import in_full

__all__ = [
    "TrainConfig",
    "bounds",
    "check_data",
    "check_new",
    "choices",
    "default_of",
    "in_full",
    "parse_config",
    "settings",
    "title_of",
    "total_steps",
]
