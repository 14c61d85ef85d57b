"""Networks of the names, shapes and layers of diffusers' AutoencoderKL and AutoencoderTiny, for where it is not here.

By diffusers/models/autoencoders/vae.py; `test_diffusers_in.py` compares with diffusers itself where it is installed.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


class Residual(nn.Module):
    def __init__(self, before: int, after: int, groups: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = (nn.GroupNorm(groups, size, eps=1e-6) for size in (before, after))
        self.conv1, self.conv2 = (nn.Conv2d(size, after, 3, padding=1) for size in (before, after))
        self.conv_shortcut = nn.Conv2d(before, after, 1) if before != after else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
        return (self.conv_shortcut(x) if self.conv_shortcut else x) + y


class Attention(nn.Module):
    def __init__(self, size: int, groups: int) -> None:
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, size, eps=1e-6)
        self.to_q, self.to_k, self.to_v = (nn.Linear(size, size) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(size, size)])

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.group_norm(x).flatten(2).transpose(1, 2)  # (N, P, C)
        seen = F.scaled_dot_product_attention(self.to_q(tokens), self.to_k(tokens), self.to_v(tokens))
        return x + self.to_out[0](seen).transpose(1, 2).reshape(x.shape)


class Middle(nn.Module):
    def __init__(self, size: int, groups: int) -> None:
        super().__init__()
        self.resnets = nn.ModuleList(Residual(size, size, groups) for _ in range(2))
        self.attentions = nn.ModuleList([Attention(size, groups)])

    def forward(self, x: Tensor) -> Tensor:
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


class Resampled(nn.Module):
    def __init__(self, size: int, *, is_down: bool) -> None:
        super().__init__()
        self.is_down = is_down
        self.conv = nn.Conv2d(size, size, 3, stride=2) if is_down else nn.Conv2d(size, size, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x, (0, 1, 0, 1)) if self.is_down else F.interpolate(x, scale_factor=2.0))


class Level(nn.Module):
    def __init__(self, before: int, after: int, count: int, groups: int, *, way: str) -> None:
        super().__init__()
        self.resnets = nn.ModuleList(Residual(before if not n else after, after, groups) for n in range(count))
        if way:
            setattr(self, f"{way}samplers", nn.ModuleList([Resampled(after, is_down=way == "down")]))
        self.way = way

    def forward(self, x: Tensor) -> Tensor:
        for block in self.resnets:
            x = block(x)
        return getattr(self, f"{self.way}samplers")[0](x) if self.way else x


class Half(nn.Module):
    """Encoder or decoder."""

    def __init__(self, ends: tuple[int, int], sizes: Sequence[int], count: int, groups: int, *, way: str) -> None:
        super().__init__()
        befores, last = [sizes[0], *sizes[:-1]], len(sizes) - 1
        levels = [
            Level(before, after, count, groups, way=way if number < last else "")
            for number, (before, after) in enumerate(zip(befores, sizes, strict=True))
        ]
        self.conv_in = nn.Conv2d(ends[0], sizes[0], 3, padding=1)
        setattr(self, f"{way}_blocks", nn.ModuleList(levels))
        self.mid_block = Middle(sizes[-1] if way == "down" else sizes[0], groups)
        self.conv_norm_out = nn.GroupNorm(groups, sizes[-1], eps=1e-6)
        self.conv_out = nn.Conv2d(sizes[-1], ends[1], 3, padding=1)
        self.way = way

    def forward(self, x: Tensor) -> Tensor:
        levels = list(getattr(self, f"{self.way}_blocks"))
        for layer in [*levels, self.mid_block] if self.way == "down" else [self.mid_block, *levels]:
            x = layer(x if layer is not (levels[0] if self.way == "down" else self.mid_block) else self.conv_in(x))
        return self.conv_out(F.silu(self.conv_norm_out(x)))


class KL(nn.Module):
    def __init__(self, channels: int, sizes: Sequence[int], latents: int, groups: int) -> None:
        super().__init__()
        self.encoder = Half((channels, 2 * latents), sizes, 1, groups, way="down")
        self.decoder = Half((latents, channels), sizes[::-1], 2, groups, way="up")
        self.quant_conv, self.post_quant_conv = nn.Conv2d(2 * latents, 2 * latents, 1), nn.Conv2d(latents, latents, 1)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu, logvar = self.quant_conv(self.encoder(x)).chunk(2, dim=1)
        return mu, logvar.clamp(-30, 20)

    def decode(self, z: Tensor) -> Tensor:
        image: Tensor = self.decoder(self.post_quant_conv(z))
        return image


class TinyBlock(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        convolutions = [nn.Conv2d(size, size, 3, padding=1) for _ in range(3)]
        self.conv = nn.Sequential(convolutions[0], nn.ReLU(), convolutions[1], nn.ReLU(), convolutions[2])

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x) + x)


class Tiny(nn.Module):
    def __init__(self, channels: int, sizes: Sequence[int], latents: int) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Module(), nn.Module()
        down: list[nn.Module] = []
        up: list[nn.Module] = [nn.Conv2d(latents, sizes[0], 3, padding=1), nn.ReLU()]
        for number, size in enumerate(sizes):
            first, last = number == 0, number == len(sizes) - 1
            before = channels if first else size
            down += [nn.Conv2d(before, size, 3, 1 if first else 2, 1, bias=first), TinyBlock(size)]
            end = nn.Conv2d(size, channels if last else size, 3, padding=1, bias=last)
            up += [TinyBlock(size), *([] if last else [nn.Upsample(scale_factor=2)]), end]
        self.encoder.layers = nn.Sequential(*down, nn.Conv2d(sizes[-1], latents, 3, padding=1))
        self.decoder.layers = nn.Sequential(*up)

    def encode(self, x: Tensor) -> tuple[Tensor, None]:
        return self.encoder.layers((x + 1) / 2), None

    def decode(self, z: Tensor) -> Tensor:
        image: Tensor = self.decoder.layers(torch.tanh(z / 3) * 3) * 2 - 1
        return image
