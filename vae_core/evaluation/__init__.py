"""What a trained model is worth, in figures that come out the same each time. Writes nothing."""

from vae_core.evaluation.held_out import evaluate

__all__ = ["evaluate"]
