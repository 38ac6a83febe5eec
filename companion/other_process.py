"""What another Python needs, to run a part of this companion beside the notebook."""

import os
from pathlib import Path


def environment() -> dict[str, str]:
    """Return the variables for it: this companion first, wherever the notebook lies, and no graphics card.

    The notebook's own process has the memory of the card.
    """
    home = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "-1"}
