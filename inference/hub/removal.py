"""Takes folders out of the models folder: at once by a rename, their bytes later, however long those take.

Knows a folder and nothing of models. What a killed process left half deleted is swept by the next.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

_PREFIX = ".gone-"


def set_aside(directory: Path, folder: Path) -> None:
    """`directory`, on the disk of the models folder `folder`, is not there any more; `sweep` frees its bytes."""
    directory.rename(Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder)) / directory.name)


def sweep(folder: Path) -> None:
    """Delete what was set aside. Blocks; what cannot be deleted is left for the next time."""
    for gone in folder.glob(f"{_PREFIX}*"):
        shutil.rmtree(gone, ignore_errors=True)
