"""weft-quote: answers with the sentences of the given passages, word for word.

It is no language model and invents nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from itertools import groupby
from typing import Any

from inference.embedding_service import EmbeddingService
from inference.errors import BadRequest
from inference.quote.passages import Reading, read
from inference.quote.ranking import choose, lexical_scores, rank
from inference.quote.terms import Language, language_of
from inference.quote.units import Unit, units_of
from inference.quote.vectors import UnitVectors
from inference.request import Piece, SamplingParams, Turn
from inference.text.stops import until_stop

MODEL_ID = "weft-quote"
MAX_PROMPT_CHARS = 400_000
MAX_EMBEDDED_UNITS = 48
"""Only the units that match best by words are compared by meaning: half a second on one core, the first time."""

_NOT_ANSWERED: dict[Language, str] = {
    "en": "The given passages do not answer this question.",
    "zh": "所给的资料没有回答这个问题。",
}
_NO_PASSAGES: dict[Language, str] = {
    "en": "I only quote from passages that are supplied with the question, and there are none here. "
    "Connect a language model for free conversation.",
    "zh": "我只引用随问题提供的资料，这里没有资料。要自由对话，请接入一个语言模型。",
}
_DELTA = re.compile(
    r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]|[^\s\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+[^\S\n]?|\s"
)


class QuoteModel:
    """A TextModel. Without an encoder it matches by words alone."""

    model_id = MODEL_ID
    kind = "extractive"
    defaults = SamplingParams()
    max_model_len = MAX_PROMPT_CHARS
    queue = MODEL_ID
    max_answers: int | None = None

    def __init__(self, embeddings: EmbeddingService | None) -> None:
        self._vectors = UnitVectors(embeddings) if embeddings is not None else None

    async def chat(
        self, turns: Sequence[Turn], params: SamplingParams, *, template_args: dict[str, Any]
    ) -> QuoteAnswer:
        size = sum(len(turn.content) for turn in turns)
        if size > MAX_PROMPT_CHARS:
            raise BadRequest(
                "context_length_exceeded",
                f"The messages have {size} characters; {MODEL_ID} reads at most {MAX_PROMPT_CHARS}.",
                param="messages",
            )
        return QuoteAnswer(read(turns), self._vectors, count_units("\n".join(turn.content for turn in turns)))

    async def complete(self, prompt: str | list[int]) -> QuoteAnswer:
        if not isinstance(prompt, str):
            raise BadRequest("prompt_unsupported", f"{MODEL_ID} reads text, not token ids.", param="prompt")
        return await self.chat([Turn("user", prompt)], self.defaults, template_args={})

    async def detokenize(self, tokens: list[int]) -> str:
        raise BadRequest("not_tokenized", f"{MODEL_ID} has no tokenizer; it reads text as it is.", param="model")

    async def tokenize(self, prompt: str | Sequence[Turn], *, add_special_tokens: bool) -> list[int]:
        raise BadRequest("not_tokenized", f"{MODEL_ID} has no tokenizer; it reads text as it is.", param="model")


class QuoteAnswer:
    def __init__(self, reading: Reading, vectors: UnitVectors | None, n_prompt_tokens: int) -> None:
        self.n_prompt_tokens = n_prompt_tokens
        self._reading = reading
        self._vectors = vectors

    def pieces(self, params: SamplingParams) -> AsyncGenerator[Piece, None]:
        return until_stop(self._words(params), params.stop)

    async def _words(self, params: SamplingParams) -> AsyncGenerator[Piece, None]:
        words = _DELTA.findall(await answer(self._reading, self._vectors))
        limit = params.max_tokens if params.max_tokens is not None else len(words)
        for word in words[:limit]:
            yield Piece(word, 1)
            await asyncio.sleep(0)
        yield Piece("", 0, "stop" if limit >= len(words) else "length")


async def answer(reading: Reading, vectors: UnitVectors | None) -> str:
    """The whole answer: quotes with their source numbers, or a sentence saying why there are none."""
    language = language_of(reading.question)
    if not reading.passages:
        return _NO_PASSAGES[language]
    units = [unit for passage in reading.passages for unit in units_of(passage)]
    lexical = lexical_scores(reading.question, units)
    if language == "en" and vectors is not None and units and reading.question:
        units, lexical = _best_by_words(units, lexical)
        semantic = await vectors.similarities(reading.question, [f"{unit.context}: {unit.text}" for unit in units])
    else:
        semantic = None
    chosen = choose(rank(reading.question, units, lexical, semantic), language)
    return _quoted(chosen) if chosen else _NOT_ANSWERED[language]


def count_units(text: str) -> int:
    """Words and Chinese characters: what this model reports as tokens."""
    return sum(1 for word in _DELTA.findall(text) if not word.isspace())


def _best_by_words(units: list[Unit], lexical: list[float]) -> tuple[list[Unit], list[float]]:
    best = sorted(sorted(range(len(units)), key=lambda at: -lexical[at])[:MAX_EMBEDDED_UNITS])
    return [units[at] for at in best], [lexical[at] for at in best]


def _quoted(units: list[Unit]) -> str:
    """Each unit followed by its number; what spans lines keeps a line of its own, a code fence stays closed, and rows
    stand in a table under their head.
    """
    parts: list[str] = []
    for (number, header), group in groupby(units, key=lambda unit: (unit.number, unit.header)):
        if header:
            parts.append(_table(header, [unit.text for unit in group]) + f"\n\n[{number}]")
            continue
        for unit in group:
            mark = f"\n[{number}]" if unit.text.rstrip().endswith(("```", "~~~")) else f" [{number}]"
            parts.append(unit.text + mark)
    separator = "\n\n" if any("\n" in part or " | " in part for part in parts) else " "
    return separator.join(parts)


def _table(header: str, rows: list[str]) -> str:
    rule = " | ".join("---" for _ in header.split("|"))
    return "\n".join(f"| {line} |" for line in (header, rule, *rows))
