"""The demo that is one file: a run's canvas, its model and its map as one HTML that asks no server for anything."""

from pages.ui.demo.document import write_demo

__all__ = ["write_demo"]
