"""What a model of the library is called: its id on a hub, and the key that stands for it in addresses and folders."""

from __future__ import annotations

import re

from inference.errors import BadRequest

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
LOCAL = "local"
"""The owner's name in the keys of registered directories, which come from no hub."""


def key_of(model_id: str) -> str:
    """The key of a model on a hub: a folder's name. Raises BadRequest for what is no id."""
    if not _ID.fullmatch(model_id) or "--" in model_id or ".." in model_id:
        raise BadRequest(
            "hub_id_invalid",
            f"{model_id[:200]!r} is no model of a hub; write OWNER/NAME, as its page does.",
            param="id",
        )
    return model_id.replace("/", "--")


def is_key(text: str) -> bool:
    """Could it be a key? What is not must not become a path."""
    return _KEY.fullmatch(text) is not None and ".." not in text


def key_of_directory(name: str) -> str:
    """The key of a registered directory called `name`, with what keys cannot hold replaced."""
    return f"{LOCAL}--{re.sub('[^A-Za-z0-9._-]+|[.]{2,}', '-', name)[:150]}"
