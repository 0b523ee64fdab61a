"""How one model writes: its tokenizer, its family's marks, and what binds an answer. Knows no engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer

from inference.constraint import Constraint
from inference.errors import BadRequest
from inference.request import Grammar, SamplingParams, Tool
from inference.text.detokenizer import Detokenizer
from inference.text.free_calls import FreeCalls
from inference.text.grammar import Grammars
from inference.text.parsing.families import family_of
from inference.text.parsing.machine import Parser
from inference.text.thinking import AfterThinking
from inference.text.token_bytes import TokenBytes
from inference.text.tool_grammar import begun_grammar, tool_grammar
from inference.text.voice import Voice


class Speech:
    def __init__(self, tokenizer: Tokenizer, template: str, *, vocab_size: int, eos_ids: frozenset[int]) -> None:
        """`template`: the source of the chat template; empty when there is none."""
        self.grammars = Grammars(tokenizer, vocab_size, eos_ids)
        self.family = family_of(template)
        self._tokenizer = tokenizer
        self._vocab_size = vocab_size
        self._eos_ids = eos_ids
        self._words = TokenBytes(tokenizer)
        added = tokenizer.get_added_tokens_decoder()
        self._special = {each.content: token for token, each in added.items() if each.special}
        marks = self.family.markers
        # the JSON of a bare form may come without it
        calls = self.family.calls if self.family.calls is not None and not self.family.calls.bare else None
        self._opens: int | None = tokenizer.token_to_id(calls.opens) if calls is not None else None
        self._shown = {token: mark for mark, token in self._special.items() if mark in marks}

    def template_args(self, params: SamplingParams) -> dict[str, Any]:
        """What the chat template is told of `params`. Raises BadRequest for tools it has no form for."""
        told: dict[str, Any] = {}
        if params.reasoning is not None:
            # Qwen's name for the switch, and DeepSeek's
            told |= {"enable_thinking": params.reasoning, "thinking": params.reasoning}
        if params.reasoning_effort is not None:
            told["reasoning_effort"] = params.reasoning_effort
        if params.tools and params.tool_choice != "none":
            if self.family.calls is None:
                raise BadRequest(
                    "tools_unsupported",
                    "This model's chat template has no form for calling tools; leave tools out.",
                    param="tools",
                )
            told["tools"] = [_described(tool) for tool in params.tools]
        return told

    def begins_thinking(self, prompt: str) -> bool:
        """Does the prompt end with the mark that opens thinking?"""
        return self.family.think is not None and prompt.rstrip().endswith(self.family.think[0])

    def grammar(self, params: SamplingParams) -> Grammar | None:
        """What binds the answer: the request's own grammar, else calls, where they are required, or strict and begun.
        The latter only in families that begin calls with a token of their own: what others write is read as it comes.
        """
        if params.grammar is not None or not params.tools:
            return params.grammar
        form = self.family.calls
        assert form is not None or params.tool_choice == "none", "the template was rendered for tools"
        if form is not None and params.tool_choice == "required":
            return tool_grammar(form, params.tools, parallel=params.parallel_tool_calls, special=self._special)
        if form is not None and self._opens is not None and _strict_when_begun(params):
            return begun_grammar(form, params.tools, parallel=params.parallel_tool_calls, special=self._special)
        return None

    def constraint(self, grammar: Grammar, params: SamplingParams, *, thinking: bool) -> Constraint:
        """An answer's own. Slow for a grammar that was not seen before. Raises BadRequest naming what is wrong."""
        try:
            make = self.grammars.maker(grammar, jump=params.logprobs is None)
        except BadRequest as error:
            if params.grammar is not None:
                raise
            # Who sent tools knows of no grammar.
            raise BadRequest(
                error.code, f"Calls of these tools cannot be bound: {error.message}", param="tools"
            ) from error
        free = params.grammar is None and _strict_when_begun(params)
        bound = FreeCalls(make, self._opens, self._vocab_size) if free and self._opens is not None else make()
        end = self._tokenizer.token_to_id(self.family.think[1]) if thinking and self.family.think else None
        return AfterThinking(bound, end, self._eos_ids, self._vocab_size) if end is not None else bound

    def voice(self, params: SamplingParams, index: int, *, chat: bool, thinking: bool) -> Voice:
        """The way out of answer `index`. Without `chat` all is text."""
        schemas = _schemas(params.tools) if params.tools and params.tool_choice != "none" else None
        parser = Parser(self.family, schemas, thinking=thinking) if chat else None
        shown = self._shown if chat else {}
        return Voice(params, index, Detokenizer(self._tokenizer, shown), self._words, parser, self.family)


def _strict_when_begun(params: SamplingParams) -> bool:
    return params.tool_choice == "auto" and any(tool.strict for tool in params.tools)


def _described(tool: Tool) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": json.loads(tool.parameters)}
    return {"type": "function", "function": function}


def _schemas(tools: Sequence[Tool]) -> dict[str, dict[str, Any]]:
    known = {tool.name: json.loads(tool.parameters) for tool in tools}
    return {name: schema if isinstance(schema, dict) else {} for name, schema in known.items()}
