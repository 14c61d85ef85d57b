"""Runs that an existing Ray cluster trains: what was asked of each on disk, a keeper beside its training process, and
the one process of the server that speaks with Ray. Which machine, when, and again after a loss: that is Ray's to say.
"""

from vae_core.jobs.cluster.executor import Cluster, address_asked_for

__all__ = ["Cluster", "address_asked_for"]
