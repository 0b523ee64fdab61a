"""What the server expects of anything that answers in text. The decoder and the extractive answerer both are one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any, Protocol

from inference.request import Piece, SamplingParams, Turn


class Answer(Protocol):
    """A prompt made ready, its length known, nothing computed yet."""

    n_prompt_tokens: int

    def pieces(self, params: SamplingParams) -> AsyncGenerator[Piece, None]:
        """The answers as they grow, stop strings heeded. Closing the generator frees all it holds."""
        ...


class TextModel(Protocol):
    """Called from one event loop; heavy work is done elsewhere, so no method blocks for long."""

    model_id: str
    kind: str
    defaults: SamplingParams
    """What holds where a request says nothing."""
    max_model_len: int
    queue: str
    """Models of the same queue wait for each other."""
    max_answers: int | None
    """How many one request may ask for, over all its prompts; None: any number."""

    async def chat(self, turns: Sequence[Turn], params: SamplingParams, *, template_args: dict[str, Any]) -> Answer:
        """Ready the answer to a conversation: the template is told of `params` what it can heed, tools and reasoning.

        `template_args` go to the template as they are. Raises BadRequest when the conversation does not fit.
        """
        ...

    async def complete(self, prompt: str | list[int]) -> Answer:
        """Ready the continuation of a text or of token ids."""
        ...

    async def tokenize(self, prompt: str | Sequence[Turn], *, add_special_tokens: bool) -> list[int]:
        """Token ids of a text, or of a conversation as the model would see it."""
        ...

    async def detokenize(self, tokens: list[int]) -> str:
        """The text of token ids, special ones included. Raises BadRequest for ids that do not exist."""
        ...
