"""What a VAE is, in torch: networks, posteriors, families, likelihoods, divergences (the KL) and objectives.

Knows no training and no files.
"""
