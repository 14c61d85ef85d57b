"""Whether a data set has what a config asks for."""

from __future__ import annotations

from vae_core.config import options
from vae_core.config.train_config import TrainConfig
from vae_core.data.source import DataCard
from vae_core.errors import ConfigInvalid


def check_data(config: TrainConfig, card: DataCard) -> None:
    """Raises ConfigInvalid, with one sentence, if a config asks for what the data set of a card does not have."""
    left_out = config.left_out_class
    if left_out != "none" and int(left_out) >= card.class_count:
        known = f"0 to {card.class_count - 1}, or none" if card.class_count else "none"
        raise ConfigInvalid(f"left_out_class: {card.title} has no class {left_out}; choose {known}")
    if left_out != "none" and card.class_count == 1:
        raise ConfigInvalid(
            f"left_out_class: {card.title} has one class alone, without it no image is left; choose none"
        )
    if config.is_conditional and not card.class_count:
        raise ConfigInvalid(
            f"objective {config.objective} is told each image's class, and {card.title} names none; choose another"
        )
    if config.family.infers_labels and config.labelled_images > card.train_size:
        raise ConfigInvalid(
            f"labelled_images is more than the {card.train_size} there are; change one of them and try again"
        )


def check_new(config: TrainConfig, card: DataCard) -> None:
    """`check_data`, and what makes no sense to train: of runs there are, such may have been trained before."""
    check_data(config, card)
    if not options.OBJECTIVES[config.objective].compares_images:
        return
    if config.batch_size < 2:
        raise ConfigInvalid(
            f"batch_size is 1, and {config.objective} compares the images of a batch with each other; take 2 or more"
        )
    if card.train_size < 2:
        raise ConfigInvalid(
            f"objective {config.objective} compares images with each other, and {card.title} has one to learn from; "
            "choose another"
        )
