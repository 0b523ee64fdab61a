"""The tokenizer of a model directory, by the `tokenizers` library. Knows nothing of models; imports no torch."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer

from inference.errors import ModelLoadError


def load_tokenizer(directory: Path) -> Tokenizer:
    """Read `tokenizer.json`, with its stored padding and truncation switched off: callers set their own."""
    path = directory / "tokenizer.json"
    if not path.is_file():
        raise ModelLoadError(
            "tokenizer_missing",
            f"{directory} has no tokenizer.json; save the tokenizer in its fast form into that directory.",
        )
    try:
        tokenizer: Tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:
        # The Rust side raises plain Exception; there is no narrower class to catch.
        raise ModelLoadError("model_corrupt", f"{path} cannot be read: {error}") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
