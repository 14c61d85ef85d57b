"""Every error that Latent Studio raises on purpose.

    LatentStudioError
    ├── ConfigInvalid          a setting is unknown, of the wrong type or out of its bounds
    ├── MemoryTooSmall         the machine has not the memory that a training needs
    ├── DatasetError
    │   ├── DatasetUnknown     no data set of that name
    │   ├── DatasetMissing     the files are not on this machine yet
    │   ├── DatasetDamaged     the files are there and are not what they should be
    │   ├── DataRefused        what somebody wants to add is nothing that can be learnt from
    │   └── DownloadFailed     the network or the mirror did not give them
    ├── RunError
    │   ├── RunMissing         no run of that id, or not finished yet
    │   ├── RunLocked          another process trains it at this moment
    │   ├── DiskRefused        a file of a run could not be written, or seen: no space, or a failing disk
    │   ├── CheckpointDamaged  a file does not match its digest: cut short, or changed
    │   └── ArchiveRejected    an uploaded .zip is not a run directory
    ├── ModelRefused           a model from elsewhere cannot be taken in, or not without being told more
    ├── ShapeMismatch          a tensor or a weight has another shape than its model asks for
    ├── DeviceUnavailable      the device asked for is not on this machine
    ├── ClusterMissing         the cluster that runs should go to is none, or Ray is not installed
    ├── TrainingDiverged       the loss is no longer finite
    └── RuntimeMissing         the browser runtime has not been installed

A message is one sentence or two: what was expected, what came, and what to do next. Pages show it as it stands.
"""


class LatentStudioError(Exception):
    """The root: catch this to catch everything that the project raises on purpose."""


class ConfigInvalid(LatentStudioError, ValueError):
    """A setting is unknown, of the wrong type or out of its bounds."""


class MemoryTooSmall(LatentStudioError, ValueError):
    """A training needs more memory than there is; refused before any of it was taken."""


class DatasetError(LatentStudioError):
    """Something about a data set."""


class DatasetUnknown(DatasetError, KeyError):
    """No data set has that name."""

    __str__ = Exception.__str__  # KeyError would print the message in quotes


class DatasetMissing(DatasetError):
    """The files of a data set are not on this machine yet."""


class DatasetDamaged(DatasetError):
    """The files of a data set are there and are not what they should be."""


class DataRefused(DatasetError):
    """What somebody wants to add is nothing that can be learnt from; nothing of it was kept."""


class DownloadFailed(DatasetError):
    """The network, or the mirror, did not give a data set's files."""


class RunError(LatentStudioError):
    """Something about a run directory."""


class RunMissing(RunError):
    """No run has that id, or it has not got as far as what was asked for."""


class RunLocked(RunError):
    """Another process trains the run at this moment."""


class DiskRefused(RunError):
    """The disk did not take a file of a run, or does not say what it holds; what was there before is untouched."""

    @property
    def errno(self) -> int | None:
        """Why: the system's number, such as `errno.ENOSPC`."""
        return self.__cause__.errno if isinstance(self.__cause__, OSError) else None


class CheckpointDamaged(RunError):
    """A file of a run does not match its digest: cut short, or changed since it was written."""


class ArchiveRejected(RunError):
    """An uploaded .zip is not a run directory."""


class ModelRefused(LatentStudioError, ValueError):
    """A model from elsewhere cannot be taken in, or not without being told more; nothing of it was kept."""


class ShapeMismatch(LatentStudioError, ValueError):
    """A tensor or a weight has another shape than its model asks for."""


class DeviceUnavailable(LatentStudioError):
    """The device asked for is not on this machine."""


class ClusterMissing(LatentStudioError):
    """The cluster that runs should go to has no such address, or Ray is not installed here."""


class TrainingDiverged(LatentStudioError):
    """The loss is no longer finite. step: the first of which that is so, if it is known."""

    def __init__(self, message: str, step: int | None = None) -> None:
        super().__init__(message)
        self.step = step


class RuntimeMissing(LatentStudioError):
    """The browser runtime (ONNX Runtime Web) has not been installed."""
