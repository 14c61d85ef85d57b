"""Every setting of a training, once: type, bounds, default, words; recipes and schedules. Knows no model and no run."""

from vae_core.config.train_config import (
    TrainConfig,
    check_data,
    choices,
    default_of,
    parse_config,
    settings,
    title_of,
    total_steps,
)

__all__ = [
    "TrainConfig",
    "check_data",
    "choices",
    "default_of",
    "parse_config",
    "settings",
    "title_of",
    "total_steps",
]
