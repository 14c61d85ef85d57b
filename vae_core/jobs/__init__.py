"""Training as a server does it: who trains, who waits, and the processes that do it. Never trains anything itself."""

from vae_core.jobs.manager import JobManager, close_shared, shared

__all__ = ["JobManager", "close_shared", "shared"]
