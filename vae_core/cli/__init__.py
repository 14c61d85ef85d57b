"""The command line. `main` parses and loads no torch; `commands` does what was asked."""
