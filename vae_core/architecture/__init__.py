"""Networks as numbers: their layers, weights' shapes, memory and ONNX graphs. No torch: a server needs none."""
