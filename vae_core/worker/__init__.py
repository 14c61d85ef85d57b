"""The process that trains. Only `cli` imports it.

`training_process` reads commands and runs the loop, `recorder` has what it yields written to the run directory, when
`publish_schedule` says; `held_out_probe` scores held-out images, `disk_retry` waits for a disk that refuses.
"""
