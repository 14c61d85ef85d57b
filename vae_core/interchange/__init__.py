"""Models from elsewhere in, and runs out (`exports`): one module for each format.
No torch: what comes in is read as numbers.

Nothing that comes in is executed, and files of others are parsed in a process with limits, from their bytes.
"""
