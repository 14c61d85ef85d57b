"""A run's model card, as Hugging Face shows it: what the model is, its measured figures, and how to run it.

Titles, classes and origins are words of people: they are shown as written, whatever Markdown or HTML is in them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any

from vae_core.architecture.layers import weight_shapes
from vae_core.config import options
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.health.wording import hundredths
from vae_core.runs import Figures, Run

_MOST_CLASSES = 20
_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+\-.!|~:@/$^=]")


def escaped(text: str) -> str:
    """Markdown that shows a text as it is written, on one line: no tag, link, picture, formula or emphasis of it.

    What means something to Markdown becomes a character reference, which every dialect of it shows as the character.
    """
    line = " ".join(text.split())
    return "".join(f"&#{ord(char)};" if _SPECIAL.match(char) else html.escape(char) for char in line)


def model_card(run: Run) -> str:
    """The card of a complete run, its figures those of its evaluation. Raises RunMissing or CheckpointDamaged."""
    evaluation = run.evaluation()
    parts = [
        f"---\n{_front_matter(run, evaluation.held_out)}\n---",
        f"# {escaped(run.card.title)}: {options.OBJECTIVES[run.config.objective].title}",
        _what_it_is(run),
        "## Figures",
        f"Means over images after step {evaluation.step:,}, measured by the program that trained it.",
        _figures(run, {"held-out": evaluation.held_out, "training": evaluation.train}),
        "## Use",
        _use(run),
        "## Data",
        _data(run),
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(run: Run, figures: Figures) -> str:
    """YAML, each value as JSON, which is YAML: nothing in a title can end its string."""
    metrics = [
        {"type": name, "name": title, "value": round(value, 4)}
        for name, title, value in (
            ("negative-elbo", "−ELBO, nats per image", figures.negative_elbo_nats),
            ("reconstruction", "reconstruction, nats per image", figures.reconstruction_nats),
            ("kl", "KL, nats per image", figures.kl_nats),
        )
        if not run.config.is_deterministic or name == "reconstruction"
    ]
    dataset = {"name": run.card.title, "type": run.card.name, "split": "held-out"}
    result = {"task": {"type": "unconditional-image-generation"}, "dataset": dataset, "metrics": metrics}
    values: dict[str, Any] = {
        "library_name": "latent-studio",
        "tags": ["variational-autoencoder", "vae", "latent-studio"],
        "pipeline_tag": "unconditional-image-generation",
        "model-index": [{"name": run.id, "results": [result]}],
    }
    return "\n".join(f"{name}: {json.dumps(value)}" for name, value in values.items())


def _what_it_is(run: Run) -> str:
    config, shape = run.config, "×".join(map(str, run.card.image_shape))
    sizes = config.hidden_sizes if config.architecture == "mlp" else config.channels
    network = "Fully connected layers of" if config.architecture == "mlp" else "Convolutions of"
    posterior = "points, without noise" if config.is_deterministic else f"{config.posterior} Gaussian posteriors"
    weights = sum(_product(shape) for shape in weight_shapes(config, run.card).values())
    return (
        f"{network} {', '.join(map(str, sizes))} {'units' if config.architecture == 'mlp' else 'channels'} "
        f"({config.activation}), mirrored in the decoder: {weights:,} weights. Images (C, H, W) of {shape} are encoded "
        f"to {posterior} over {config.latent_dim} latent dimensions and scored by "
        f"{LIKELIHOODS[config.likelihood].title} likelihood. All settings are in `config.json`."
    )


def _product(shape: tuple[int, ...]) -> int:
    product = 1
    for side in shape:
        product *= side
    return product


def _figures(run: Run, splits: dict[str, Figures | None]) -> str:
    is_point = run.config.is_deterministic
    heads = ["Images", "Number", "−ELBO (nats)", "Reconstruction (nats)", "KL (nats)", "Active dimensions"]
    rows = [
        [
            split,
            f"{each.images:,}",
            "none" if is_point else hundredths(each.negative_elbo_nats),
            hundredths(each.reconstruction_nats),
            "none" if is_point else hundredths(each.kl_nats),
            f"{each.active_units} of {run.config.latent_dim}",
        ]
        for split, each in splits.items()
        if each
    ]
    return "\n".join(map(_row, [heads, ["---"] * len(heads), *rows]))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _use(run: Run) -> str:
    channels, height, width = run.card.image_shape
    label = ", y=torch.tensor([0])" if run.config.is_conditional else ""
    return f"""\
```python
import torch

from vae_core import from_pretrained

model = from_pretrained(".")  # this folder, or the name of its repository
image = torch.zeros(1, {channels}, {height}, {width})  # (B, C, H, W), 0 black and 1 white: put your own here
with torch.no_grad():
    posterior = model.encode(image{label})
    decoded = model.image(posterior.mu{label})  # (B, C, H, W)
print("mu", posterior.mu[0].tolist(), "decoded", tuple(decoded.shape))
```

The weights are plain tensors by name: `safetensors.torch.load_file("model.safetensors")` reads them without this
package."""


def _data(run: Run) -> str:
    card = run.card
    size = f"{card.train_size:,} training images and {card.held_out_size:,} held out."
    origin = f" {escaped(card.origin)}" if card.origin else ""
    digest = f" Their SHA-256 is `{card.digest}`." if card.digest else ""
    classes = f" Classes: {_classes(card.classes)}." if card.classes else ""
    return f"{escaped(card.title)}: {size}{origin}{digest}{classes}"


def _classes(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST_CLASSES} more" if len(names) > _MOST_CLASSES else ""
    return ", ".join(map(escaped, names[:_MOST_CLASSES])) + more
