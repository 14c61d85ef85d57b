"""One module for each format: from bytes to a `Network`, or to weights by name. Nothing in a file is run."""
