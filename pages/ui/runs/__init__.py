"""Runs: the list, one chosen run, several of them, and the ways in. A section each; the page is a list of sections."""
