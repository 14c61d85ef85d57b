"""The pages, and under `ui` what they are made of."""
