"""The process that trains: it runs the loop and writes what it yields to the run directory. Only `cli` imports it."""
