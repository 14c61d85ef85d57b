"""Runs that an existing Ray cluster trains: what was asked of each on disk, a keeper beside its training process, and
the one process of the server that speaks with Ray. Which machine, when, and again after a loss: that is Ray's to say.
"""

from vae_core.jobs.cluster.executor import Cluster, asked_for, checked_address

__all__ = ["Cluster", "asked_for", "checked_address"]
