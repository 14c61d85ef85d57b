"""The loop that learns: configs and tensors in, numbers out. No threads, no files, no screens.

`loop` takes the steps, `fused_elbo` is the default loss with its gradient written out, `optimiser` is Adam.
"""

from vae_core.training.loop import StepMetrics, Training, resolve_device, train

__all__ = ["StepMetrics", "Training", "resolve_device", "train"]
