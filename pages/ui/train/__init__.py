"""Parts of one page: Train."""
