"""Parts of one page: Explore."""
