"""A language model as the server sees it: text in, pieces of text out.

Joins tokenizer, template and engine; computes nothing.
"""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from copy import copy
from dataclasses import replace
from typing import Any

from tokenizers import Tokenizer

from inference.engine import check_prompt
from inference.errors import BadRequest
from inference.request import Grammar, Piece, SamplingParams, Turn
from inference.text.aside import aside
from inference.text.chat_template import ChatTemplate
from inference.text.choice import ChoiceTree
from inference.text.choosing import choose, is_direct
from inference.text.merging import merged
from inference.text.speech import Speech
from inference.worker import EngineWorker


class GenerativeModel:
    """A TextModel."""

    kind = "generative"

    def __init__(
        self,
        model_id: str,
        tokenizer: Tokenizer,
        template: ChatTemplate | None,
        worker: EngineWorker,
        *,
        vocab_size: int,
        eos_ids: frozenset[int],
        defaults: SamplingParams,
        max_answers: int,
    ) -> None:
        """`max_answers`: as many as the worker's engine lets wait."""
        self.model_id = model_id
        self.queue = model_id
        self.max_answers: int | None = max_answers
        self.max_model_len = worker.max_model_len
        self.defaults = defaults
        self._tokenizer = tokenizer
        self._template = template
        self._worker = worker
        self._vocab_size = vocab_size
        source = template.source if template is not None else ""
        self._speech = Speech(tokenizer, source, vocab_size=vocab_size, eos_ids=eos_ids)

    def adapted(self, name: str) -> GenerativeModel:
        """The same model under the name of an adapter, which answers. The worker's engine must have loaded it."""
        other = copy(self)
        other.model_id, other.defaults = name, replace(self.defaults, adapter=name)
        return other

    async def chat(
        self, turns: Sequence[Turn], params: SamplingParams, *, template_args: dict[str, Any]
    ) -> GenerativeAnswer:
        text, ids = await self._read(turns, {**self._speech.template_args(params), **template_args})
        return self._answer(ids, chat=True, thinking=self._speech.begins_thinking(text))

    async def complete(self, prompt: str | list[int]) -> GenerativeAnswer:
        if isinstance(prompt, str):
            return self._answer(await self._ids(prompt, add_special_tokens=True))
        self._check(prompt, "prompt")
        return self._answer(prompt)

    async def tokenize(self, prompt: str | Sequence[Turn], *, add_special_tokens: bool) -> list[int]:
        if isinstance(prompt, str):
            return await self._ids(prompt, add_special_tokens=add_special_tokens)
        return (await self._read(prompt, {}))[1]

    async def detokenize(self, tokens: list[int]) -> str:
        self._check(tokens, "tokens")
        return await aside(len(tokens), lambda: str(self._tokenizer.decode(tokens, skip_special_tokens=False)))

    def _check(self, tokens: Sequence[int], name: str) -> None:
        wrong = next((token for token in tokens if not 0 <= token < self._vocab_size), None)
        if wrong is not None:
            raise BadRequest(
                "value_out_of_range", f"{name} has the token {wrong}; ids are below {self._vocab_size}.", param=name
            )

    def _answer(self, prompt: list[int], *, chat: bool = False, thinking: bool = False) -> GenerativeAnswer:
        return GenerativeAnswer(prompt, self._speech, self._worker, self._check, chat=chat, thinking=thinking)

    async def _read(self, turns: Sequence[Turn], arguments: dict[str, Any]) -> tuple[str, list[int]]:
        """The conversation as the model's text, and its tokens."""
        template = self._template
        if template is None:
            raise BadRequest(
                "no_chat_template", f"{self.model_id} has no chat template; use /v1/completions.", param="messages"
            )

        def read() -> tuple[str, list[int]]:
            text = template.render(turns, arguments)
            return text, self._encode(text, add_special_tokens=False)

        return await aside(sum(map(_size, turns)), read)

    async def _ids(self, text: str, *, add_special_tokens: bool) -> list[int]:
        return await aside(len(text), lambda: self._encode(text, add_special_tokens=add_special_tokens))

    def _encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        # as a batch of one: `encode` alone keeps every other thread of Python waiting
        (encoding,) = self._tokenizer.encode_batch([text], add_special_tokens=add_special_tokens)
        return list(encoding.ids)


def _size(turn: Turn) -> int:
    return len(turn.content) + len(turn.reasoning) + sum(len(call.arguments) for call in turn.tool_calls)


class GenerativeAnswer:
    """`chat`: thinking and calls are told apart from text. `thinking`: the prompt has begun it."""

    def __init__(
        self,
        prompt: list[int],
        speech: Speech,
        worker: EngineWorker,
        check: Callable[[Sequence[int], str], None],
        *,
        chat: bool,
        thinking: bool,
    ) -> None:
        self.n_prompt_tokens = len(prompt)
        self.prompt = prompt
        """Token ids, as the model sees them."""
        self._speech = speech
        self._worker = worker
        self._check = check
        self._chat = chat
        self._thinking = thinking

    def pieces(self, params: SamplingParams) -> AsyncGenerator[Piece, None]:
        check_prompt(len(self.prompt), params, self._worker.max_model_len)
        self._check([token for token, _ in params.logit_bias], "logit_bias")
        self._check(params.stop_token_ids, "stop_token_ids")
        seed = secrets.randbits(62) if params.seed is None else params.seed
        return self._all(replace(params, seed=seed), seed)

    async def _all(self, params: SamplingParams, seed: int) -> AsyncGenerator[Piece, None]:
        grammar = self._speech.grammar(params)
        if grammar is not None and grammar.kind == "choice":
            tree = await asyncio.to_thread(self._speech.grammars.choice, grammar)
            self._check_room(tree)
            if is_direct(params, tree) and not self._thinking:
                yield await choose(self._worker, self.prompt, params, tree)
                return
        each = [self._one(replace(params, seed=seed + at), at, grammar) for at in range(params.n)]
        async with aclosing(merged(each, 0)) as pieces:
            async for piece in pieces:
                yield piece

    def _check_room(self, tree: ChoiceTree) -> None:
        """Half an option would be none."""
        if self.n_prompt_tokens + tree.longest > self._worker.max_model_len:
            raise BadRequest(
                "context_length_exceeded",
                f"The prompt has {self.n_prompt_tokens} tokens and the longest option {tree.longest}; "
                f"this model's context holds {self._worker.max_model_len}. Shorten the option or the prompt.",
                param="structured_outputs.choice",
            )

    async def _one(self, params: SamplingParams, index: int, grammar: Grammar | None) -> AsyncGenerator[Piece, None]:
        bound = None
        if grammar is not None:
            bound = await asyncio.to_thread(self._speech.constraint, grammar, params, thinking=self._thinking)
        voice = self._speech.voice(params, index, chat=self._chat, thinking=self._thinking)
        async with aclosing(self._worker.generate(uuid.uuid4().hex, self.prompt, params, bound)) as outputs:
            async for batch in outputs:
                for piece in voice.pieces(batch):
                    yield piece
                    if piece.finish_reason is not None:
                        return
