"""What the server keeps and computes for everyone: assets, runs and what is fetched of them, images. Draws nothing."""
