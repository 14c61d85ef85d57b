"""Parts of one page: Learn."""
