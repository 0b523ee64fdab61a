"""Text on its way out and in: stop strings, incremental decoding, chat templates."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from inference.errors import BadRequest
from inference.request import Piece, Turn
from inference.text.chat_template import load_chat_template
from inference.text.detokenizer import Detokenizer
from inference.text.stops import StopMatcher, until_stop


async def _pieces(texts: list[str], closed: list[bool]) -> AsyncGenerator[Piece, None]:
    try:
        for text in texts:
            yield Piece(text, 1)
        yield Piece("", 0, "length")
    finally:
        closed.append(True)


def collect(texts: list[str], stops: tuple[str, ...]) -> tuple[list[Piece], list[bool]]:
    closed: list[bool] = []

    async def run() -> list[Piece]:
        return [piece async for piece in until_stop(_pieces(texts, closed), stops)]

    return asyncio.run(run()), closed


def test_a_stop_string_across_borders_ends_the_stream_and_its_source() -> None:
    pieces, closed = collect(["Hello, wo", "rld", "! Never", " shown"], ("world!",))

    assert pieces == [Piece("Hello, ", 1), Piece("", 1), Piece("", 1, "stop", stop_reason="world!")]
    assert closed == [True]


def test_what_only_looked_like_a_stop_string_is_shown() -> None:
    pieces, _ = collect(["a <e", "nd", "less>"], ("<end>",))

    assert pieces == [Piece("a ", 1), Piece("", 1), Piece("<endless>", 1), Piece("", 0, "length")]


@settings(deadline=None)
@given(
    st.lists(st.text("ab<>", max_size=4), max_size=12), st.lists(st.text("ab<>", min_size=1, max_size=4), max_size=3)
)
def test_cuts_do_not_matter(texts: list[str], stops: list[str]) -> None:
    whole = "".join(texts)
    ends = [at for at in (whole.find(stop) for stop in stops) if at >= 0]

    matcher = StopMatcher(tuple(stops))
    shown, stopped = "", False
    for text in texts:
        more, stopped = matcher.push(text)
        shown += more
        if stopped:
            break
    shown += "" if stopped else matcher.flush()

    assert stopped == bool(ends)
    assert whole.startswith(shown) if stopped else shown == whole
    assert not any(stop in shown for stop in stops)


def byte_tokenizer() -> Tokenizer:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={char: at for at, char in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


BYTES = byte_tokenizer()


@settings(deadline=None)
@given(st.text(max_size=30))
def test_pieces_of_text_add_up_and_hold_no_half_character(text: str) -> None:
    detokenizer = Detokenizer(BYTES)

    pieces = [detokenizer.push(token) for token in BYTES.encode(text).ids]

    assert "".join(pieces) + detokenizer.flush() == text
    assert not any("\ufffd" in piece for piece in pieces if "\ufffd" not in text)


def test_bytes_that_never_become_a_character_come_out_at_the_end() -> None:
    detokenizer = Detokenizer(BYTES)
    half = BYTES.encode("好").ids[:2]

    assert [detokenizer.push(token) for token in half] == ["", ""]
    assert detokenizer.flush() == "\ufffd"


def test_a_template_file_is_preferred_and_sees_special_tokens(tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps({"bos_token": {"content": "<s>"}, "chat_template": "old"})
    )
    (tmp_path / "chat_template.jinja").write_text(
        "{{ bos_token }}{% for m in messages %}\n[{{ m.role }}] {{ m.content | tojson }}{% endfor %}"
        "{% if thinking %}!{% endif %}"
    )
    template = load_chat_template(tmp_path)

    assert template is not None
    assert template.render([Turn("user", "好<")], {"thinking": True}) == '<s>[user] "好<"!'


def test_a_template_may_refuse(tmp_path: Path) -> None:
    (tmp_path / "chat_template.jinja").write_text("{{ raise_exception('roles must alternate') }}")
    template = load_chat_template(tmp_path)
    assert template is not None

    with pytest.raises(BadRequest) as refused:
        template.render([Turn("user", "x")], {})
    assert refused.value.message == "The model's chat template refuses these messages: roles must alternate"


def test_a_template_cannot_reach_outside_its_sandbox(tmp_path: Path) -> None:
    (tmp_path / "chat_template.jinja").write_text("{{ messages.__class__.__mro__[1].__subclasses__() }}")
    template = load_chat_template(tmp_path)
    assert template is not None

    with pytest.raises(BadRequest):
        template.render([Turn("user", "x")], {})


def test_no_template_is_no_fault(tmp_path: Path) -> None:
    assert load_chat_template(tmp_path) is None
