"""Parts of one page: Compare, where a sweep is watched, stopped, gone on with, and looked through."""
