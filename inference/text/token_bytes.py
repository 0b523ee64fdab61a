"""The bytes a token stands for: half a character is one, which text cannot show. Knows one tokenizer."""

from __future__ import annotations

import json
import re

from tokenizers import Tokenizer

from inference.request import ScoredToken

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class TokenBytes:
    """For byte-level BPE, and for SentencePiece with or without fallback to bytes."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._by_char = _byte_level() if '"ByteLevel"' in json.dumps(_parts(tokenizer)) else None
        self._added = frozenset(tokenizer.get_added_tokens_decoder())

    def scored(self, token: int, logprob: float) -> ScoredToken:
        """The token with its text, U+FFFD where its bytes are no characters, and its bytes."""
        held = self.of(token)
        return ScoredToken(held.decode("utf-8", "replace"), logprob, held)

    def of(self, token: int) -> bytes:
        """Nothing for an id of the model's vocabulary that the tokenizer does not know."""
        text = self._tokenizer.id_to_token(token)
        if text is None:
            return b""
        if token in self._added:
            return text.encode()
        if self._by_char is not None:
            return bytes(self._by_char[char] for char in text)
        fallback = _BYTE.fullmatch(text)
        return bytes([int(fallback[1], 16)]) if fallback else text.replace("▁", " ").encode()


def _parts(tokenizer: Tokenizer) -> object:
    whole = json.loads(tokenizer.to_str())
    return [whole.get("decoder"), whole.get("pre_tokenizer")]


def _byte_level() -> dict[str, int]:
    """GPT-2's alphabet: a printable character for each byte; itself where it is printable, else the next from 256."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + at): byte for at, byte in enumerate(others)}
