"""A run's encoder and decoder as two ONNX graphs that say what their inputs and outputs are, and programs to run them.

Both are of opset 17 and need no other file. `run.py` and `run.mjs` have ten lines; README.md says the same in words.
"""

from __future__ import annotations

from onnx import load_from_string

from vae_core.architecture import onnx_models
from vae_core.architecture.onnx_graph import LABEL, OPSET
from vae_core.interchange.exports.model_card import escaped
from vae_core.runs import Run

ENCODER, DECODER = "encoder.onnx", "decoder.onnx"


def files(run: Run) -> dict[str, bytes]:
    """Both graphs, two programs and a README.md of a complete run. Raises RunMissing or CheckpointDamaged."""
    weights = run.weights()
    encoder = onnx_models.encoder_onnx(run.config, weights, card=run.card, asks_label=True)
    decoder = onnx_models.decoder_onnx(run.config, weights, card=run.card, asks_label=True)
    return {
        ENCODER: _documented(encoder, run),
        DECODER: _documented(decoder, run),
        "README.md": _readme(run).encode(),
        "run.py": _python(run).encode(),
        "run.mjs": _javascript(run).encode(),
    }


def _asks_label(run: Run) -> bool:
    """One that was made elsewhere has its first class built in."""
    return run.config.is_conditional and not run.imported


def described(run: Run) -> dict[str, str]:
    """What each input and output is, by its name."""
    shape = ", ".join(map(str, run.card.image_shape))
    dim = run.config.latent_dim
    return {
        "image": f"float32 (N, {shape}): N images, (C, H, W) each, 0 black and 1 white",
        LABEL: f"int64 (N,): the class of each image, 0 to {run.card.class_count - 1}",
        "mu": f"float32 (N, {dim}): the means of the posteriors q(z|x)",
        "logvar": f"float32 (N, {dim}): the logarithms of their variances, log σ²",
        "factor": f"float32 (N, {dim}, {dim}): the Cholesky factors L of their covariances L Lᵀ",
        "z": f"float32 (N, {dim}): points of the latent space; the prior is N(0, I)",
        "raw": f"float32 (N, {shape}): what the mean is made of: logits under Bernoulli likelihoods, else the image",
        "log_scale": "float32: the logarithm of a pixel's σ, or of its logistic's scale, in units of full white",
    }


def _documented(content: bytes, run: Run) -> bytes:
    """A graph with a sentence at each input and output."""
    model, words = load_from_string(content), described(run)
    for value in (*model.graph.input, *model.graph.output):
        value.doc_string = words[value.name]
    inputs = ", ".join(value.name for value in model.graph.input)
    outputs = ", ".join(value.name for value in model.graph.output)
    model.doc_string = f"The {model.graph.name} of a variational autoencoder: {inputs} in, {outputs} out."
    return bytes(model.SerializeToString(deterministic=True))


def _python(run: Run) -> str:
    label = f', "{LABEL}": np.zeros(1, dtype=np.int64)' if _asks_label(run) else ""
    shape = ", ".join(map(str, run.card.image_shape))
    return f"""\
import numpy as np
import onnxruntime as ort

encoder, decoder = ort.InferenceSession("{ENCODER}"), ort.InferenceSession("{DECODER}")
image = np.zeros((1, {shape}), dtype=np.float32)  # (N, C, H, W), 0 black and 1 white: put your own here
mu, logvar = encoder.run(["mu", "logvar"], {{"image": image{label}}})
z = mu + np.exp(logvar / 2) * np.random.standard_normal(mu.shape).astype(np.float32)  # a draw from q(z|x)
(decoded,) = decoder.run(["image"], {{"z": z{label}}})
print("mu", mu[0].tolist(), "sigma", np.exp(logvar[0] / 2).tolist())
print("decoded", decoded.shape, "from", decoded.min(), "to", decoded.max())
"""


def _javascript(run: Run) -> str:
    shape = ", ".join(map(str, run.card.image_shape))
    size = " * ".join(map(str, run.card.image_shape))
    dim = run.config.latent_dim
    label = f', {LABEL}: new ort.Tensor("int64", [0n], [1])' if _asks_label(run) else ""
    return f"""\
import * as ort from "onnxruntime-web"; // npm install onnxruntime-web

const encoder = await ort.InferenceSession.create("{ENCODER}");
const decoder = await ort.InferenceSession.create("{DECODER}");
const image = new ort.Tensor("float32", new Float32Array({size}), [1, {shape}]); // 0 black, 1 white: put your own here
const {{ mu, logvar }} = await encoder.run({{ image{label} }});
const z = new ort.Tensor("float32", Float32Array.from(mu.data), [1, {dim}]);
const {{ image: decoded }} = await decoder.run({{ z{label} }});
console.log("mu", [...mu.data], "sigma", [...logvar.data].map((value) => Math.exp(value / 2)));
console.log("decoded", decoded.dims, "from", Math.min(...decoded.data), "to", Math.max(...decoded.data));
"""


def _readme(run: Run) -> str:
    words = described(run)
    label = [LABEL] if _asks_label(run) else []
    factor = ["factor"] if run.config.has_covariance and not run.config.is_deterministic else []
    values = [
        (ENCODER, ["image", *label], ["mu", "logvar", *factor]),
        (DECODER, ["z", *label], ["image", "raw"]),
    ]
    tables = [
        f"## {name}\n\n" + "\n".join([f"- in: `{each}`, {words[each]}" for each in inputs]
                                     + [f"- out: `{each}`, {words[each]}" for each in outputs])
        for name, inputs, outputs in values
    ]  # fmt: skip
    return "\n\n".join([
        f"# {escaped(run.card.title)}: encoder and decoder as ONNX",
        f"Opset {OPSET}, weights inside. Where a likelihood has a width, the decoder's `log_scale` is it.",
        *tables,
        f"## Python\n\n```python\n{_python(run)}```",
        f"## JavaScript\n\n```js\n{_javascript(run)}```",
    ]) + "\n"  # fmt: skip
