"""What the server keeps and computes for everyone: assets, runs one may see, artifacts. Draws nothing."""
