"""Reading a model's reply while it arrives: telling thinking from saying, and calls of tools from both.

Knows chunks; knows nothing of nodes, nor of what a reply should hold.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable

from workflows.calls import Assembler
from workflows.errors import NodeError
from workflows.events import Usage
from workflows.ports import ChatChunk, Clock, ToolCall
from workflows.values import clean_text

Emit = Callable[[str, str], None]

MAX_CHARS = 4_000_000
_OPEN, _CLOSE = "<think>", "</think>"
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)


def silent(output: str, text: str) -> None:
    """Where the text of a reply goes that nobody is to see while it arrives."""


def without_thinking(text: str) -> str:
    """A reply's text without what stands in `<think>` tags; an end tag alone closes what came before it."""
    rest = _THINKING.sub("", text)
    return rest.rpartition(_CLOSE)[2].strip()


class Reply:
    """A reply being read: emits text and reasoning, and keeps both.

    `separated` takes thinking out of the text; otherwise it stays there, between `<think>` tags.
    """

    def __init__(self, emit: Emit, clock: Clock, *, separated: bool = True) -> None:
        self._emit = emit
        self._clock = clock
        self._separated = separated
        self._splitter = ThinkSplitter()
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls = Assembler()
        self._size = 0
        self._began = clock.monotonic()
        self._first: float | None = None
        self._thinking = False
        self.elapsed_ms = 0.0
        self.usage = Usage()
        self.finish_reason = "stop"
        self.probabilities: dict[str, float] = {}

    @property
    def text(self) -> str:
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        return "".join(self._reasoning)

    @property
    def calls(self) -> list[ToolCall]:
        return self._calls.calls()

    @property
    def first_token_ms(self) -> float | None:
        return None if self._first is None else round((self._first - self._began) * 1000, 1)

    async def read(self, chunks: AsyncIterator[ChatChunk]) -> Reply:
        """Read to the end. The iterator is closed whatever happens, which aborts a call in flight."""
        try:
            async for chunk in chunks:
                self._take(chunk)
        finally:
            close = getattr(chunks, "aclose", None)
            if close is not None:
                await close()
        self._say("", end=True)
        self.elapsed_ms = round((self._clock.monotonic() - self._began) * 1000, 1)
        return self

    def _take(self, chunk: ChatChunk) -> None:
        if self._first is None and (chunk.text or chunk.reasoning or chunk.tool_calls):
            self._first = self._clock.monotonic()
        self._size += len(chunk.text) + len(chunk.reasoning)
        if self._size > MAX_CHARS:
            message = f"The model's reply is longer than {MAX_CHARS:,} characters. Set max_tokens."
            raise NodeError("model_reply_too_long", message, retryable=False)
        if chunk.reasoning:
            self._think(chunk.reasoning)
        if chunk.text:
            self._say(chunk.text)
        self._calls.feed(chunk.tool_calls)
        self.usage = chunk.usage or self.usage
        self.finish_reason = chunk.finish_reason or self.finish_reason
        self.probabilities = chunk.probabilities or self.probabilities

    def _think(self, reasoning: str) -> None:
        if self._separated:
            reasoning = clean_text(reasoning)
            self._reasoning.append(reasoning)
            self._emit("reasoning", reasoning)
            return
        self._add(reasoning if self._thinking else _OPEN + reasoning)
        self._thinking = True

    def _say(self, text: str, *, end: bool = False) -> None:
        if not self._separated:
            closing = _CLOSE + "\n" if self._thinking and (text or end) else ""
            self._thinking = self._thinking and not closing
            self._add(closing + text)
            return
        for said, thought in [*self._splitter.feed(text), *(self._splitter.close() if end else [])]:
            if thought:
                self._think(thought)
            self._add(said)

    def _add(self, text: str) -> None:
        text = clean_text(text)
        if text:
            self._text.append(text)
            self._emit("text", text)


class ThinkSplitter:
    """Splits a stream at `<think>…</think>`; tags may be cut anywhere. `feed` gives (text, reasoning) pairs."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self._after_close = False

    def feed(self, piece: str) -> list[tuple[str, str]]:
        """What can be told apart so far."""
        self._held += piece
        found: list[tuple[str, str]] = []
        while True:
            tag = _CLOSE if self._thinking else _OPEN
            at = self._held.find(tag)
            if at < 0:
                break
            self._put(found, self._held[:at])
            self._held = self._held[at + len(tag) :]
            self._after_close = self._thinking
            self._thinking = not self._thinking
        keep = _overlap(self._held, tag)
        self._put(found, self._held[: len(self._held) - keep])
        self._held = self._held[len(self._held) - keep :]
        return found

    def close(self) -> list[tuple[str, str]]:
        """The rest."""
        found: list[tuple[str, str]] = []
        self._put(found, self._held)
        self._held = ""
        return found

    def _put(self, found: list[tuple[str, str]], text: str) -> None:
        if self._thinking:
            if text:
                found.append(("", text))
            return
        if self._after_close:
            text = text.lstrip()
        if text:
            self._after_close = False
            found.append((text, ""))


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of `text` may be the beginning of `tag`."""
    return next((n for n in range(min(len(text), len(tag) - 1), 0, -1) if tag.startswith(text[-n:])), 0)
