"""What a network makes of a batch, and how it goes back through it: each kind of layer's gradient written out.

Convolutions lie channels last, in which oneDNN reads and writes few maps at two to three times the speed. A transposed
convolution that makes few maps, as a decoder's last layer does, is computed as the convolution of kernel 2 that it is
for blocks of 2 × 2 pixels: oneDNN has no fast kernel for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

FEW_MAPS = 16
"""With fewer of them the blocks are faster, with more torch's own: measured with AVX2, on 8 to 32 pixels a side."""
_LAST = torch.channels_last


class Passed(NamedTuple):
    """A layer that a batch went through, with what it was given and what it made of that."""

    layer: nn.Module
    given: Tensor
    made: Tensor


def forward(network: nn.Sequential, x: Tensor) -> tuple[Tensor, list[Passed]]:
    """What the network makes of x, and what `backward` needs."""
    trace: list[Passed] = []
    for layer in network:
        given = x.contiguous(memory_format=_LAST) if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) else x
        x = _made(layer, given)
        trace.append(Passed(layer, given, x))
    return x, trace


def _made(layer: nn.Module, x: Tensor) -> Tensor:
    match layer:
        case nn.Linear():
            return torch.addmm(layer.bias, x, layer.weight.t())  # (B, I) -> (B, O)
        case nn.ConvTranspose2d() if _is_by_blocks(layer.weight, layer.output_padding):
            return spread(x, layer.weight, layer.bias)
        case nn.ReLU():
            return x.relu_()  # whose derivative can be told from what it made
        case _:
            made: Tensor = layer(x)
            return made


def backward(trace: list[Passed], d_y: Tensor, *, is_first: bool = False) -> tuple[list[Tensor], Tensor]:
    """From the gradient in a network's outputs, those in its weights and biases and in its inputs.

    is_first: the inputs are images, whose gradient is not computed; what is returned in its stead means nothing.
    """
    of_weights: list[Tensor] = []
    if is_first:
        trace = trace[next(index for index, passed in enumerate(trace) if isinstance(passed.layer, _WITH_WEIGHTS)) :]
    for index, passed in reversed(list(enumerate(trace))):
        found, d_y = _back(passed, d_y, is_needed=index > 0 or not is_first)
        of_weights[:0] = found
    return of_weights, d_y


_WITH_WEIGHTS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def _back(passed: Passed, d_y: Tensor, *, is_needed: bool) -> tuple[list[Tensor], Tensor]:
    """The gradients in one layer's weights, if it has some, and in what it was given, if that is needed."""
    layer, given, made = passed
    match layer:
        case nn.Linear():
            return [d_y.t() @ given, d_y.sum(dim=0)], d_y @ layer.weight if is_needed else d_y
        case nn.Conv2d() | nn.ConvTranspose2d():
            return _back_through_kernels(layer, given, d_y, is_needed=is_needed)
        case nn.ReLU():
            return [], torch.ops.aten.threshold_backward(d_y, made, 0)
        case nn.SiLU():
            return [], torch.ops.aten.silu_backward(d_y, given)
        case _:  # the same numbers in another shape
            return [], d_y.reshape(given.shape)


def _back_through_kernels(
    layer: nn.Conv2d | nn.ConvTranspose2d, given: Tensor, d_y: Tensor, *, is_needed: bool
) -> tuple[list[Tensor], Tensor]:
    is_transposed = isinstance(layer, nn.ConvTranspose2d)
    d_y = d_y.contiguous(memory_format=_LAST)
    spreads = is_needed and not is_transposed and _is_by_blocks(layer.weight, _left_over(given.shape))
    d_x, d_weight, d_bias = torch.ops.aten.convolution_backward(
        d_y, given, layer.weight, [d_y.shape[1]], layer.stride, layer.padding, layer.dilation, is_transposed,
        layer.output_padding, 1, [is_needed and not spreads, True, True],
    )  # fmt: skip
    return [d_weight, d_bias], spread(d_y, layer.weight) if spreads else d_x


def _left_over(shape: Sequence[int]) -> tuple[int, ...]:
    """The rows and columns of images (B, C, H, W) that halving drops."""
    return tuple(side % 2 for side in shape[2:])


def _is_by_blocks(weight: Tensor, output_padding: Sequence[int]) -> bool:
    """Whether `spread` is the way for a kernel (O, C, h, w) that makes C maps of O."""
    return weight.shape[1] < FEW_MAPS and weight.shape[2:] == (4, 4) and not any(output_padding)


def spread(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """The transposed convolution with a kernel of 4, stride 2 and padding 1: (B, O, h, w) -> (B, C, 2h, 2w).

    weight: (O, C, 4, 4), as `nn.ConvTranspose2d` and, of the convolution whose gradient it is, `nn.Conv2d` keep it;
    bias: (C,).
    Row 2 I + a of the whole result, before a margin of one pixel is cut off, is Σ_i x[I − i] weight[2 i + a], i and a
    being 0 or 1: in blocks of 2 × 2 pixels a convolution with a kernel of 2 that makes 4 C maps.
    """
    outputs, maps = weight.shape[:2]
    kernel = weight.view(outputs, maps, 2, 2, 2, 2)  # (O, C, i, a, j, b)
    kernel = kernel.permute(3, 5, 1, 0, 2, 4).reshape(4 * maps, outputs, 2, 2).flip(2, 3)  # -> ((a, b, C), O, i, j)
    four = None if bias is None else bias.repeat(4)
    blocks = functional.conv2d(x, kernel.contiguous(memory_format=_LAST), four, padding=1)  # (B, 4 C, h + 1, w + 1)
    images, _, height, width = blocks.shape
    pixels = blocks.permute(0, 2, 3, 1).reshape(images, height, width, 2, 2 * maps).transpose(2, 3)
    whole = pixels.reshape(images, 2 * height, 2 * width, maps).permute(0, 3, 1, 2)
    return whole[:, :, 1:-1, 1:-1].contiguous(memory_format=_LAST)
