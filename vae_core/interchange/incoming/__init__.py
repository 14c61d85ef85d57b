"""Models from elsewhere: read as numbers in a process with limits, shown with what was understood, kept as a run.

`process` does the reading, whose modules nobody else imports; `asking` starts it; `keeping` makes the run.
"""
