"""What a trained model is used for: a result to take away beside honest rivals, and whether it is worth it.

`parts` is the table of uses, `job` carries one out, `record` is what comes of it, `standing` tells chance and rivals
from gain, `folder` writes and reads a result. These and `sources` load no torch; the parts, a module each, do.
"""
