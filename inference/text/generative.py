"""A language model as the server sees it: text in, pieces of text out.

Joins tokenizer, template and engine; computes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from tokenizers import Tokenizer

from inference.engine import check_prompt
from inference.errors import BadRequest
from inference.request import Piece, SamplingParams, Turn
from inference.text.chat_template import ChatTemplate
from inference.text.detokenizer import Detokenizer
from inference.text.stops import until_stop
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
        defaults: SamplingParams,
    ) -> None:
        self.model_id = model_id
        self.max_model_len = worker.max_model_len
        self.defaults = defaults
        self._tokenizer = tokenizer
        self._template = template
        self._worker = worker
        self._vocab_size = vocab_size

    async def chat(
        self, turns: Sequence[Turn], params: SamplingParams, *, template_args: dict[str, Any]
    ) -> GenerativeAnswer:
        return self._answer(self._ids(self._render(turns, template_args), add_special_tokens=False))

    async def complete(self, prompt: str | list[int]) -> GenerativeAnswer:
        if isinstance(prompt, str):
            return self._answer(self._ids(prompt, add_special_tokens=True))
        self._check(prompt, "prompt")
        return self._answer(prompt)

    async def tokenize(self, prompt: str | Sequence[Turn], *, add_special_tokens: bool) -> list[int]:
        if isinstance(prompt, str):
            return self._ids(prompt, add_special_tokens=add_special_tokens)
        return self._ids(self._render(prompt, {}), add_special_tokens=False)

    async def detokenize(self, tokens: list[int]) -> str:
        self._check(tokens, "tokens")
        return str(self._tokenizer.decode(tokens, skip_special_tokens=False))

    def _check(self, tokens: list[int], name: str) -> None:
        wrong = next((token for token in tokens if not 0 <= token < self._vocab_size), None)
        if wrong is not None:
            raise BadRequest(
                "value_out_of_range", f"{name} has the token {wrong}; ids are below {self._vocab_size}.", param=name
            )

    def _answer(self, prompt: list[int]) -> GenerativeAnswer:
        return GenerativeAnswer(prompt, self._tokenizer, self._worker)

    def _render(self, turns: Sequence[Turn], arguments: dict[str, Any]) -> str:
        if self._template is None:
            raise BadRequest(
                "no_chat_template", f"{self.model_id} has no chat template; use /v1/completions.", param="messages"
            )
        return self._template.render(turns, arguments)

    def _ids(self, text: str, *, add_special_tokens: bool) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=add_special_tokens).ids)


class GenerativeAnswer:
    def __init__(self, prompt: list[int], tokenizer: Tokenizer, worker: EngineWorker) -> None:
        self.n_prompt_tokens = len(prompt)
        self.prompt = prompt
        """Token ids, as the model sees them."""
        self._tokenizer = tokenizer
        self._worker = worker

    def pieces(self, params: SamplingParams) -> AsyncGenerator[Piece, None]:
        check_prompt(len(self.prompt), params, self._worker.max_model_len)
        return until_stop(self._spoken(params), params.stop)

    async def _spoken(self, params: SamplingParams) -> AsyncGenerator[Piece, None]:
        text = Detokenizer(self._tokenizer)
        async with aclosing(self._worker.generate(uuid.uuid4().hex, self.prompt, params)) as outputs:
            async for batch in outputs:
                tokens = [each.token for each in batch if each.token is not None and each.finish_reason != "stop"]
                shown = "".join(map(text.push, tokens))
                reason = batch[-1].finish_reason
                yield Piece(shown + text.flush() if reason else shown, len(batch), reason)
