"""Parts of one page: health, on Train and Runs."""
