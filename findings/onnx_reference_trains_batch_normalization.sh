#!/usr/bin/env bash
# onnx 1.23.2's own evaluator trains the batch normalisation of opset 9, where it is asked for nothing but its result.
#
# A BatchNormalization of opset 9 to 13 with one output is that of a trained network: it subtracts the mean and divides by
# the deviation that it is given. ReferenceEvaluator mixes them with those of the batch at hand, by momentum, whose default
# it takes for a wish to train. So a graph that torch, Keras or anybody exported for opset 9 gives other numbers there than
# in onnxruntime. From opset 14 on, with training_mode, both agree.
#
# Seen: x = 1 and 3 with mean 0, variance 1, scale 1 and bias 0
#   opset 9     0.8 2.8    (a tenth of the mean of 1 and 3, which is 2, was mixed in)
#   opset 15    1.0 3.0
# Ours are rewritten for opset 17 before anything is computed.
#
# Ends with 0 as long as that is so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet onnx==1.23.2 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


def normalised(opset: int) -> np.ndarray:
    """Of 1 and 3, by a mean of 0 and a variance of 1: nothing is to change."""
    names = ("scale", "bias", "mean", "variance")
    node = helper.make_node("BatchNormalization", ["x", *names], ["y"], epsilon=0.0)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 1])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 1])
    known = [helper.make_tensor(name, TensorProto.FLOAT, [1], [value]) for name, value in zip(names, (1, 0, 0, 1))]
    graph = helper.make_graph([node], "g", [x], [y], known)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return ReferenceEvaluator(model).run(None, {"x": np.array([[1], [3]], np.float32)})[0].ravel()


old, new = normalised(9), normalised(15)
print(f"opset 9:  {old}")
print(f"opset 15: {new}")
sys.exit(0 if np.allclose(new, [1, 3]) and not np.allclose(old, new, atol=0.1) else 1)
PYTHON
