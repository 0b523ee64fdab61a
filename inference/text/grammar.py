"""Grammars by llguidance: compiled once, cached, and followed token by token.

Knows one tokenizer; nothing of requests or engines. JSON is written as Python's `json.dumps` does, with one blank after
colon and comma and none elsewhere, so that more tokens are certain and need not be asked for.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from inference.constraint import Constraint
from inference.errors import BadRequest, InferenceError
from inference.request import Grammar
from inference.text.choice import ChoiceTree, OneOf

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer
    from llguidance._lib import JsonCompileOptions
    from tokenizers import Tokenizer

_CACHED = 64
_NAMED = {
    "regex": ("regex", "structured_outputs.regex"),
    "lark": ("grammar", "structured_outputs.grammar"),
    "choice": ("choice", "structured_outputs.choice"),
    "json_schema": ("JSON schema", "response_format"),
    "json_object": ("JSON object", "response_format"),
}
"""What a kind is called in a refusal, and the field it is asked for by. A schema comes in other fields too."""
JSON_OPTIONS: JsonCompileOptions = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="mask")


class Grammars:
    """Makes constraints for one model. Thread-safe; compiling takes milliseconds, for large schemas seconds."""

    def __init__(self, tokenizer: Tokenizer, vocab_size: int, eos_ids: frozenset[int]) -> None:
        """`vocab_size` is the model's: masks cover it, though the tokenizer may know fewer tokens."""
        self._words = tokenizer
        self._vocab_size = vocab_size
        self._eos_ids = sorted(eos_ids)
        self._tokenizer: LLTokenizer | None = None
        self._cache: OrderedDict[Grammar, ChoiceTree | LLMatcher] = OrderedDict()
        self._lock = threading.Lock()

    def constraint(self, grammar: Grammar, *, jump: bool = True) -> Constraint:
        """A new answer's. Without `jump` it never says what must follow, so that each token is asked for.

        Raises BadRequest naming what is wrong with the grammar.
        """
        return self.maker(grammar, jump=jump)()

    def maker(self, grammar: Grammar, *, jump: bool = True) -> Callable[[], Constraint]:
        """What makes constraints without further ado. Raises BadRequest as above."""
        made = self._made(grammar)
        if isinstance(made, ChoiceTree):
            return lambda: OneOf(made, jump=jump)
        return lambda: Matched(made.deep_copy(), jump=jump)

    def choice(self, grammar: Grammar) -> ChoiceTree:
        """The options of a `choice` as tokens. Raises BadRequest when there are none, or empty ones."""
        made = self._made(grammar)
        assert isinstance(made, ChoiceTree), "the grammar is no choice"
        return made

    def _made(self, grammar: Grammar) -> ChoiceTree | LLMatcher:
        with self._lock:
            made = self._cache.get(grammar)
            if made is None:
                made = self._cache[grammar] = self._compile(grammar)
                if len(self._cache) > _CACHED:
                    self._cache.popitem(last=False)
            self._cache.move_to_end(grammar)
        return made

    def _compile(self, grammar: Grammar) -> ChoiceTree | LLMatcher:
        if grammar.kind == "choice":
            return self._tree(grammar.options)
        first = self._matcher(grammar)
        if first.is_error():
            raise _refused(grammar, first.get_error())
        return first

    def _tree(self, options: Sequence[str]) -> ChoiceTree:
        paths = {option: tuple(self._words.encode(option, add_special_tokens=False).ids) for option in options}
        if not paths or not all(paths.values()):
            raise BadRequest("grammar_invalid", "choice needs options, none of them empty.", param=_NAMED["choice"][1])
        return ChoiceTree(paths, self._eos_ids, self._vocab_size)

    def _matcher(self, grammar: Grammar) -> LLMatcher:
        # 5 MB and a second for a large vocabulary: only for who asks.
        from llguidance import LLMatcher, LLTokenizer

        source = _source(grammar)
        if self._tokenizer is None:
            self._tokenizer = LLTokenizer(self._words.to_str(), n_vocab=self._vocab_size, eos_token=self._eos_ids)
        return LLMatcher(self._tokenizer, source, log_level=0)


class Matched:
    """A Constraint followed by llguidance, its masks computed on other threads while the model computes."""

    def __init__(self, matcher: LLMatcher, *, jump: bool) -> None:
        self._matcher = matcher
        self._jump = jump
        self._mask: Future[bytes] | None = None
        self.failure: InferenceError | None = None
        self.ended = False

    def begin(self) -> list[int]:
        return self._go_on()

    def allowed(self) -> bytes:
        assert self._mask is not None, "a mask is asked for after the answer has ended"
        return self._mask.result()

    def take(self, token: int) -> list[int]:
        self._mask = None
        self._matcher.consume_token(token)
        return self._go_on()

    def _go_on(self) -> list[int]:
        forced: list[int] = []
        while self._jump and not self._matcher.is_stopped():
            more = self._matcher.compute_ff_tokens()
            if not more or not self._matcher.consume_tokens(more):
                break
            forced += more
        if self._matcher.is_error():
            said = _sentence(self._matcher.get_error())
            self.failure = BadRequest(
                "grammar_failed", f"The grammar cannot go on: {said}. Make it simpler.", param="response_format"
            )
        else:
            # Asked now: while another thread computes the mask, the matcher answers nothing.
            self.ended = self._matcher.is_stopped()
        if self.failure is None and not self.ended:
            self._mask = _pool.submit(self._matcher.compute_bitmask)
        return forced


def _source(grammar: Grammar) -> str:
    """In llguidance's own terms. Raises BadRequest for a schema that is no JSON object."""
    from llguidance import LLMatcher

    if grammar.kind == "regex":
        return LLMatcher.grammar_from_regex(grammar.source)
    if grammar.kind == "lark":
        return LLMatcher.grammar_from_lark(grammar.source)
    schema = json.loads(grammar.source) if grammar.kind == "json_schema" else {"type": "object"}
    if not isinstance(schema, dict):
        raise BadRequest("grammar_invalid", "The schema must be a JSON object.", param=_NAMED["json_schema"][1])
    return LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=JSON_OPTIONS)


def _refused(grammar: Grammar, error: str) -> BadRequest:
    said = _sentence(error)
    name, param = _NAMED[grammar.kind]
    if "nimplemented" in said or "not supported" in said:
        return BadRequest(
            "schema_unsupported",
            f"The {name} uses what cannot be enforced here: {said}. Leave it out and check it afterwards.",
            param=param,
        )
    return BadRequest("grammar_invalid", f"The {name} cannot be compiled: {said}", param=param)


def _sentence(error: str) -> str:
    """What llguidance says, without its state."""
    return error.strip().split("\n<state>")[0].strip()
