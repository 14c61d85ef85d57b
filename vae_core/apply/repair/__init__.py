"""Damaged images, what gives them back, and how near it comes: `damage`, `methods` and `image_quality`; `latent_repair`
is a model's way, `linear_repair` the way without one.
"""
