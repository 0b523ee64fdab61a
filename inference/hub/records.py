"""Small JSON files of the models folder: read whole, replaced whole, so that a reader never sees half of one."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

_log = logging.getLogger("inference.hub")


def read_record(path: Path) -> dict[str, Any]:
    """The object in the file; {} where there is none, or none that can be read (which is logged)."""
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _log.warning("%s cannot be read and is passed over: %s", path, error)
        return {}
    return value if isinstance(value, dict) else {}


def write_record(path: Path, value: dict[str, Any]) -> None:
    """Put `value` in the file's place. Its folder is there already."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
