"""python -m pages.ui.demo RUN --out FILE: a finished run as one HTML; vae_core's export --to demo calls it."""

from __future__ import annotations

import logging
import sys
from argparse import ArgumentParser
from pathlib import Path

from pages.ui.demo import write_demo
from vae_core import runs
from vae_core.errors import LatentStudioError
from vae_core.runs import storage


def main(words: list[str] | None = None) -> int:
    """Writes the file and says how large it is. Returns the exit status: 0, or 2 with one sentence on stderr."""
    logging.disable(logging.WARNING)  # Streamlit's, which misses its server
    parser = ArgumentParser("python -m pages.ui.demo", description="Write a finished run as one HTML file.")
    parser.add_argument("run", metavar="RUN", help="a run's id, or its directory")
    parser.add_argument("--out", type=Path, default=Path("demo.html"), metavar="FILE")
    parser.add_argument("--title", help="its heading; the data set's name, if none is given")
    parser.add_argument("--label", type=int, help="the class that a conditional model decodes for")
    arguments = parser.parse_args(words)
    try:
        data = write_demo(runs.find_run(arguments.run), label=arguments.label, title=arguments.title)
        storage.write_file(arguments.out, data)
    except LatentStudioError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{arguments.out}: {len(data) / 1e6:.1f} MB, opens in any browser, with no server and no network")
    return 0


if __name__ == "__main__":
    sys.exit(main())
