"""The environment every Python process of a running Weft gets. Knows names of variables, not what is behind them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from weft.services.layout import ROOT, DataDir

# What an operator may set to use a server of their own in place of the embedded one.
REPLACEABLE = {"postgres": "DATABASE_URL", "redis": "REDIS_URL", "chroma": "CHROMA_URL", "inference": "INFERENCE_URL"}


def for_children(data: DataDir, addresses: Mapping[str, str]) -> dict[str, str]:
    """`addresses` are variables such as DATABASE_URL; the rest keeps processes small and quiet."""
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join((str(ROOT / "platform"), str(ROOT), *([inherited] if inherited else [])))
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "weft.settings.base"),
        "PYTHONPATH": path,
        "PYTHONUNBUFFERED": "1",
        "WEFT_DATA_DIR": str(data.path),
        "ANONYMIZED_TELEMETRY": "False",
        "TOKENIZERS_PARALLELISM": "false",
        "MALLOC_ARENA_MAX": "2",
        **addresses,
    }
