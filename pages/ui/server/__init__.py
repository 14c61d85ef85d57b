"""What the server keeps and computes for everyone: assets, the runs one may see and what is fetched of them, images. Draws nothing."""
