"""What a VAE is, in torch: networks, posteriors, likelihoods, divergences, objectives. Knows no training, no files."""
