"""Runs kept in order: an index of them all, what people write beside them, search, and a day to undo a deletion.

The index is no record: it is made from the folders, and made again where it is lost or they have changed. It opens no
weights and knows no page.
"""

from vae_core.runs.listing.index import Entry, Glance, index_of
from vae_core.runs.listing.marks import Marks
from vae_core.runs.listing.search import found, ordered

__all__ = ["Entry", "Glance", "Marks", "found", "index_of", "ordered"]
