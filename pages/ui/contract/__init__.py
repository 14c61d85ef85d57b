"""What Python and the browser both know, written into one JavaScript module: for `make contract` and its test alone."""
