"""How the process that reads files and its host speak: jobs of a fixed size, answers with their length in front."""

from __future__ import annotations

import json
import struct
from typing import Any

MESSAGE_BYTES = 1024
HEAD = struct.Struct(">Q")


def job_message(job: dict[str, Any]) -> bytes:
    """A job, filled up with spaces; it travels with the descriptors of the answer's socket and of the file."""
    return json.dumps(job).encode().ljust(MESSAGE_BYTES)


def framed(answer: dict[str, Any]) -> bytes:
    body = json.dumps(answer, ensure_ascii=False).encode(errors="replace")
    return HEAD.pack(len(body)) + body
