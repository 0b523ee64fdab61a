"""Token ids to text as they come, never half a character. Knows one tokenizer; nothing of where the ids come from."""

from __future__ import annotations

from collections.abc import Mapping

from tokenizers import Tokenizer

_INCOMPLETE = "\ufffd"


class Detokenizer:
    """Decodes a short window twice and shows the difference: how a token reads may depend on the one before it."""

    def __init__(self, tokenizer: Tokenizer, marks: Mapping[int, str] | None = None) -> None:
        """`marks`: special tokens that are shown all the same, by their ids."""
        self._tokenizer = tokenizer
        self._marks = marks or {}
        self._ids: list[int] = []
        self._window = 0
        self._shown = 0

    def push(self, token: int) -> str:
        """The text that `token` completes; empty while bytes of a character are still to come."""
        if token in self._marks:
            return self.flush() + self._marks[token]
        self._ids.append(token)
        before = self._decode(self._window, self._shown)
        now = self._decode(self._window, len(self._ids))
        if len(now) <= len(before) or now.endswith(_INCOMPLETE):
            return ""
        self._window, self._shown = self._shown, len(self._ids)
        return now[len(before) :]

    def flush(self) -> str:
        """What is left at the end, broken characters included."""
        before = self._decode(self._window, self._shown)
        rest = self._decode(self._window, len(self._ids))[len(before) :]
        self._window = self._shown = len(self._ids)
        return rest

    def _decode(self, start: int, end: int) -> str:
        return self._tokenizer.decode(self._ids[start:end], skip_special_tokens=True)
