#!/usr/bin/env bash
# scikit-image 0.26.0's denoise_nl_means transposes an image whose only channel comes first, without a word.
#
# With channel_axis=0 the channel is moved to the end, the image is denoised, and the channel is moved back. Of one channel
# the denoised image has lost it: (H, W) instead of (H, W, 1). Moving the "last axis" back to the front then moves the
# columns, and (1, H, W) comes back as (W, H): each picture mirrored along its diagonal. Of square pictures the shape says
# nothing, and a mean squared error that should be small is that of two different pictures.
#
# Seen, on a 40 by 40 picture with noise of 0.1: with channel_axis=0 the result is the transpose of the one without, to the
# last bit; with the channel at the end (channel_axis=-1) it is equal to it. Grey pictures have to be given without a channel.
#
# Ends with 0 as long as that is so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-image==0.26.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
from skimage.restoration import denoise_nl_means

picture = np.zeros((40, 40))
picture[5:15, 20:35] = 1.0
noisy = picture + 0.1 * np.random.default_rng(0).standard_normal(picture.shape)
expected = denoise_nl_means(noisy, sigma=0.1, h=0.08)
first = denoise_nl_means(noisy[None], channel_axis=0, sigma=0.1, h=0.08)
last = denoise_nl_means(noisy[..., None], channel_axis=-1, sigma=0.1, h=0.08)
print("channel first is transposed:", np.array_equal(first, expected.T), "shape", first.shape)
print("channel last is right:", np.array_equal(np.squeeze(last), expected))
sys.exit(not (np.array_equal(first, expected.T) and np.array_equal(np.squeeze(last), expected)))
PYTHON
