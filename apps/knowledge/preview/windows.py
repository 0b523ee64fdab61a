"""How much embedding models read of a text before they cut it off, in tokens. Knows names of models."""

from __future__ import annotations

# The first prefix that fits counts.
_WINDOWS = (
    ("all-minilm-l6", 256),
    ("all-minilm-l12", 128),
    ("paraphrase-multilingual-minilm", 128),
    ("all-mpnet-base", 384),
    ("bge-m3", 8192),
    ("bge-", 512),
    ("multilingual-e5", 512),
    ("e5-", 512),
    ("gte-qwen", 8192),
    ("gte-multilingual", 8192),
    ("gte-", 512),
    ("m3e-", 512),
    ("text-embedding-v", 8192),
    ("text-embedding-", 8191),
    ("qwen3-embedding", 32768),
    ("embed-", 512),
    ("jina-embeddings", 8192),
    ("nomic-embed", 8192),
)


def window_of(model: str) -> int | None:
    """None for a model that is not known."""
    name = model.lower().rpartition("/")[2]
    return next((window for prefix, window in _WINDOWS if name.startswith(prefix)), None)
