"""The loop that learns: configs and tensors in, numbers out. No threads, no files, no screens."""

from vae_core.training.loop import StepMetrics, Training, resolve_device, train

__all__ = ["StepMetrics", "Training", "resolve_device", "train"]
