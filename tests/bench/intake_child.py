"""One contender of `intake`, in a process of its own: `python -m tests.bench.intake_child WHO PATH SIZE` prints JSON.

ours         looks into PATH and keeps its pictures, SIZE pixels a side, in a temporary folder
torchvision  one epoch of ImageFolder and a DataLoader of two workers, as tutorials have it
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil


def ours(path: Path, size: int) -> Callable[[], int]:
    """Returns what is measured: it says how many pictures there were."""
    from vae_core.intake import adding
    from vae_core.intake.pictures import Preparation

    def run() -> int:
        with tempfile.TemporaryDirectory() as root:
            found = adding.find(path)
            wanted = Preparation((size, size), colour=True) if size else None
            return adding.add(found, "bench", Path(root), wanted).kept.card.size("all")

    return run


def torchvision(path: Path, size: int) -> Callable[[], int]:
    """Without a size, pictures stay as large as they are."""
    from torch.utils.data import DataLoader
    from torchvision.datasets import ImageFolder
    from torchvision.transforms import CenterCrop, Compose, Resize, ToTensor

    def run() -> int:
        transform = Compose([Resize(size), CenterCrop(size), ToTensor()]) if size else ToTensor()
        loader = DataLoader(ImageFolder(str(path), transform), batch_size=128, num_workers=2)
        return sum(len(images) for images, _ in loader)

    return run


def processor_s() -> float:
    """That this process and its children which have ended have used so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    who, given, side = sys.argv[1:]
    measured = {"ours": ours, "torchvision": torchvision}[who](Path(given), int(side))
    imported = psutil.Process().memory_info().rss
    started, used = time.perf_counter(), processor_s()
    count = measured()
    seconds, used = time.perf_counter() - started, processor_s() - used
    print(json.dumps({"seconds": seconds, "processor_s": used, "imported": imported, "count": count}))
