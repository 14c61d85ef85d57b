"""The loop that learns: configs and tensors in, numbers out. No threads, no files, no screens.

`loop` takes the steps, `fused_elbo` is the default loss with its gradient written out, `optimiser` is Adam, `devices`
says where they compute.
"""

from vae_core.training.devices import fallback_note, resolve_device
from vae_core.training.loop import StepMetrics, Training, train

__all__ = ["StepMetrics", "Training", "fallback_note", "resolve_device", "train"]
