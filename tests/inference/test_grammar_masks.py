"""Grammars by their masks, token by token: characters in pieces, and when an answer may end."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tokenizers import Tokenizer

from inference.request import Grammar, Tool
from inference.text.grammar import Grammars
from inference.text.parsing.families import family_of
from inference.text.token_bytes import TokenBytes
from inference.text.tool_grammar import tool_grammar
from tests.inference.schemas import schema_of
from tests.inference.tiny import EOS, VOCAB

LONGEST = 200


@pytest.fixture(scope="module")
def tokenizer(tiny: Callable[[str], tuple[Path, Any]]) -> Tokenizer:
    return Tokenizer.from_file(str(tiny("qwen3")[0] / "tokenizer.json"))


def walked(tokenizer: Tokenizer, grammars: Grammars, grammar: Grammar, seed: int) -> list[tuple[bytes, bool]]:
    """A random way through the grammar: what was said before each token, and whether it might have ended there."""
    dice, words = random.Random(seed), TokenBytes(tokenizer)
    bound = grammars.constraint(grammar, jump=False)
    said, seen = b"", []
    assert bound.begin() == []
    while len(said) < LONGEST:
        bits = int.from_bytes(bound.allowed(), "little")
        allowed = [token for token in range(VOCAB) if bits >> token & 1]
        seen.append((said, EOS in allowed))
        token = dice.choice(allowed)
        said += b"" if token == EOS else words.of(token)
        assert bound.take(token) == []
        if bound.ended:
            return seen if token == EOS else [*seen, (said, True)]
    return seen


@pytest.mark.parametrize("pattern", ["(ab|好){2,4}c?", "[é好🙂]{1,3}", "🙂*x|yy"])
def test_an_answer_may_end_where_it_matches_and_nowhere_else(tokenizer: Tokenizer, pattern: str) -> None:
    """Never within a character, whose bytes are tokens of their own."""
    grammars = Grammars(tokenizer, VOCAB, frozenset({EOS}))
    split = 0
    for seed in range(12):
        for said, may_end in walked(tokenizer, grammars, Grammar("regex", pattern), seed):
            try:
                whole = said.decode()
            except UnicodeDecodeError:
                split += 1
                assert not may_end
            else:
                assert may_end == (re.fullmatch(pattern, whole) is not None)
    assert split > 0


def test_an_object_may_end_when_it_is_whole(tokenizer: Tokenizer) -> None:
    grammars = Grammars(tokenizer, VOCAB, frozenset({EOS}))
    ended = 0
    for seed in range(25):
        schema = schema_of(random.Random(seed))
        for said, may_end in walked(tokenizer, grammars, Grammar("json_schema", json.dumps(schema)), seed):
            try:
                value = json.loads(said)
            except ValueError:
                assert not may_end
            else:
                jsonschema.validate(value, schema, cls=jsonschema.Draft202012Validator)
                assert may_end
                ended += 1
    assert ended > 10


@pytest.mark.parametrize("place", ["$defs", "definitions"])
def test_arguments_written_as_elements_may_refer_to_what_the_schema_defines(tokenizer: Tokenizer, place: str) -> None:
    """As those of tools that pydantic describes do. What is required must be said."""
    point = {"type": "object", "properties": {"x": {"const": 1}}, "required": ["x"], "additionalProperties": False}
    schema = {
        "type": "object",
        "properties": {"at": {"$ref": f"#/{place}/Point"}},
        "required": ["at"],
        place: {"Point": point},
    }
    form = family_of("<tool_call><function=").calls
    assert form is not None
    grammar = tool_grammar(form, [Tool("go", parameters=json.dumps(schema))], parallel=False, special={})

    bound = Grammars(tokenizer, VOCAB, frozenset({EOS})).constraint(grammar)

    assert tokenizer.decode(bound.begin(), skip_special_tokens=False) == (
        '<tool_call>\n<function=go>\n<parameter=at>\n{"x": 1}\n</parameter>\n</function>\n</tool_call>'
    )
    assert bound.ended
