"""Grammars, choices, several answers, log-probabilities and speculation, over a tiny random model and its tokenizer."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
from tokenizers import Tokenizer

from inference.config import EngineConfig
from inference.engine import Engine
from inference.errors import BadRequest, Overloaded
from inference.request import Grammar, Hints, Piece, SamplingParams, Tool, Turn
from inference.text.free_calls import FreeCalls
from inference.text.generative import GenerativeModel
from inference.text.grammar import Grammars
from inference.text.load import load_engine, load_generative
from inference.text.parsing.families import family_of
from inference.text.tool_grammar import begun_grammar
from tests.inference.schemas import schema_of

CPU = torch.device("cpu")
CONFIG = EngineConfig(n_pages=64, max_rows=8, max_waiting=2000)
PROMPT = "Say it:"
OPTIONS = ("billing", "bills", "bill", "support", "sales")


@pytest.fixture(scope="module")
def directory(tiny: Callable[[str], tuple[Path, Any]]) -> Path:
    return tiny("qwen3")[0]


@asynccontextmanager
async def serving(directory: Path, config: EngineConfig = CONFIG) -> AsyncIterator[GenerativeModel]:
    model, worker = load_generative(
        directory, "tiny", config, device=CPU, dtype="float32", on_step=lambda load, seconds: None
    )
    try:
        yield model
    finally:
        worker.close()


async def told(model: GenerativeModel, params: SamplingParams, prompt: str = PROMPT) -> list[Piece]:
    answer = await model.complete(prompt)
    return [piece async for piece in answer.pieces(params)]


def ask(directory: Path, *asked: SamplingParams, prompt: str = PROMPT) -> list[list[Piece]]:
    async def run() -> list[list[Piece]]:
        async with serving(directory) as model:
            return await asyncio.gather(*(told(model, params, prompt) for params in asked))

    return asyncio.run(run())


def text(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def test_answers_fit_random_schemas(directory: Path) -> None:
    """An answer cut by its length is none; the others, most of them, all validate. `make check-schemas` tries 1,000."""
    check(directory, range(int(os.environ.get("WEFT_SCHEMAS", "200"))))


def check(directory: Path, seeds: range) -> None:
    schemas = [schema_of(random.Random(seed)) for seed in seeds]
    asked = [
        SamplingParams(max_tokens=300, seed=at, grammar=Grammar("json_schema", json.dumps(schema)))
        for at, schema in zip(seeds, schemas, strict=True)
    ]

    answers = ask(directory, *asked)

    whole = [at for at, pieces in enumerate(answers) if pieces[-1].finish_reason == "stop"]
    for at in whole:
        jsonschema.validate(json.loads(text(answers[at])), schemas[at], cls=jsonschema.Draft202012Validator)
    assert len(whole) > 0.7 * len(schemas)
    assert sum(piece.n_forced for pieces in answers for piece in pieces) > 0


@pytest.mark.parametrize(
    ("grammar", "pattern"),
    [
        (Grammar("regex", "(ab|好){2,4}c"), "(ab|好){2,4}c"),
        (Grammar("lark", 'start: "x" /[0-9]{3}/ "y"'), "x[0-9]{3}y"),
        (Grammar("choice", options=OPTIONS), "|".join(OPTIONS)),
    ],
)
def test_regex_grammar_and_choice_bind_the_answer(directory: Path, grammar: Grammar, pattern: str) -> None:
    asked = [SamplingParams(max_tokens=60, seed=seed, grammar=grammar, logprobs=0) for seed in range(8)]
    for pieces in ask(directory, *asked, *(replace(each, logprobs=None) for each in asked)):
        assert re.fullmatch(pattern, text(pieces))
        assert pieces[-1].finish_reason == "stop"


FORMAT = "response_format"


@pytest.mark.parametrize(
    ("grammar", "code", "param", "said"),
    [
        (
            Grammar("json_schema", '{"not": {"type": "string"}}'),
            "schema_unsupported",
            FORMAT,
            'Unimplemented keys: ["not"]',
        ),
        (Grammar("json_schema", '{"type": "strin"}'), "grammar_invalid", FORMAT, "Invalid type: strin"),
        (Grammar("regex", "(ab"), "grammar_invalid", "structured_outputs.regex", "unclosed group"),
        (
            Grammar("lark", "start: x"),
            "grammar_invalid",
            "structured_outputs.grammar",
            'The grammar cannot be compiled: at 1(8): unknown name: "x"',
        ),
        (Grammar("choice", options=("a", "")), "grammar_invalid", "structured_outputs.choice", "none of them empty"),
    ],
)
def test_a_grammar_that_cannot_be_kept_is_refused_by_name(
    directory: Path, grammar: Grammar, code: str, param: str, said: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        ask(directory, SamplingParams(grammar=grammar))

    assert (refused.value.code, refused.value.param) == (code, param)
    assert said in refused.value.message


NESTED = tuple("on" * count for count in range(1, 9))
LONG = tuple(
    json.dumps({"id": each, "name": f"很长的类别 {each} " * 8}, ensure_ascii=False) for each in ("1", "10", "2")
)


@pytest.mark.parametrize("options", [OPTIONS, ("yes", "no"), ("one",), NESTED, LONG])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_choice_scored_at_once_is_what_decoding_would_say(
    directory: Path, options: tuple[str, ...], temperature: float
) -> None:
    """Asking for log-probabilities makes it decode, token by token."""
    grammar = Grammar("choice", options=options)
    scored = [SamplingParams(temperature=temperature, seed=seed, grammar=grammar) for seed in range(6)]

    answers = ask(directory, *scored, *(replace(each, logprobs=0) for each in scored))

    assert [text(pieces) for pieces in answers[:6]] == [text(pieces) for pieces in answers[6:]]
    for (piece,) in answers[:6]:
        assert {each.option for each in piece.options} == set(options)
        assert sum(each.probability for each in piece.options) == pytest.approx(1)


def test_scores_of_a_choice_are_the_shares_of_its_draws(directory: Path) -> None:
    params = SamplingParams(grammar=Grammar("choice", options=("yes", "yet", "no")))

    answers = ask(directory, *(replace(params, seed=seed) for seed in range(300)))

    for score in answers[0][0].options:
        drawn = sum(text(pieces) == score.option for pieces in answers) / 300
        assert abs(drawn - score.probability) < 4 * (score.probability * (1 - score.probability) / 300) ** 0.5 + 1e-9


def test_an_option_that_has_no_room_is_refused_before_anything_is_computed(directory: Path) -> None:
    """Whether it would be scored at once or decoded."""
    params = SamplingParams(grammar=Grammar("choice", options=("yes", "no, " * 4000)))
    for asked in (params, replace(params, logprobs=0)):
        with pytest.raises(BadRequest) as refused:
            ask(directory, asked)
        assert (refused.value.code, refused.value.param) == ("context_length_exceeded", "structured_outputs.choice")
        assert re.search(
            r"The prompt has \d+ tokens and the longest option \d+; .* Shorten the option", refused.value.message
        )


def test_a_choice_that_finds_the_queue_full_is_refused_like_any_request(directory: Path) -> None:
    async def run() -> None:
        config = replace(CONFIG, max_waiting=0)
        async with serving(directory, config) as model:
            await told(model, SamplingParams(grammar=Grammar("choice", options=OPTIONS)))

    with pytest.raises(Overloaded) as refused:
        asyncio.run(run())
    assert refused.value.code == "queue_full"


def test_a_choice_that_comes_too_late_is_given_up_like_any_request(directory: Path) -> None:
    late = SamplingParams(grammar=Grammar("choice", options=OPTIONS), drop_after_ms=-1.0)

    (pieces,) = ask(directory, late)

    assert pieces == [Piece("", finish_reason="abort")]


def test_a_grammar_that_grows_beyond_all_bounds_is_the_callers_fault(directory: Path) -> None:
    with pytest.raises(BadRequest) as refused:
        ask(directory, SamplingParams(grammar=Grammar("regex", "(a{1000}){1000}")))

    assert (refused.value.code, refused.value.param) == ("grammar_failed", "response_format")
    assert "<state>" not in refused.value.message


def test_several_answers_are_those_of_following_seeds(directory: Path) -> None:
    params = SamplingParams(max_tokens=12, temperature=1.5, seed=7, n=3, ignore_eos=True)

    together, *alone = ask(directory, params, *(replace(params, n=1, seed=7 + at) for at in range(3)), prompt="x" * 150)

    for index in range(3):
        mine = [piece for piece in together if piece.index == index]
        assert (text(mine), mine[-1].finish_reason) == (text(alone[index]), "length")


def test_log_probabilities_are_told_with_text_and_bytes(directory: Path) -> None:
    (pieces,) = ask(directory, SamplingParams(max_tokens=5, temperature=0, logprobs=2, ignore_eos=True, seed=1))

    told = [logprob for piece in pieces for logprob in piece.logprobs]
    assert len(told) == 5
    for each in told:
        assert (each.token, each.logprob, each.bytes) == (each.top[0].token, each.top[0].logprob, each.top[0].bytes)
        assert each.logprob >= each.top[1].logprob
        assert each.bytes.decode("utf-8", "replace") == each.token


def test_a_stop_string_and_a_stop_token_are_named(directory: Path) -> None:
    params = SamplingParams(max_tokens=9, grammar=Grammar("regex", "abc[0-9]+"), seed=1)

    by_text, by_token = ask(directory, replace(params, stop=("c",)), replace(params, stop_token_ids=(66, 65)))

    assert (text(by_text), by_text[-1].finish_reason, by_text[-1].stop_reason) == ("ab", "stop", "c")
    assert (text(by_token), by_token[-1].finish_reason, by_token[-1].stop_reason) == ("a", "stop", 65)


DAYS = {
    "type": "object",
    "properties": {"days": {"enum": [1, 2]}, "at": {"type": "string", "maxLength": 2}, "on": False},
    "required": ["days"],
    "additionalProperties": False,
}
TOOLS = (
    Tool("weather", "", json.dumps(DAYS)),
    Tool("now", "", json.dumps({"type": "object", "properties": {}, "additionalProperties": False})),
)
TEMPLATES = {
    "hermes": "<tool_call>",
    "qwen-coder": "<tool_call><function=",
    "llama": "<|python_tag|>",
    "mistral": "[TOOL_CALLS]",
    "mistral-v11": "[TOOL_CALLS][ARGS]",
    "deepseek-v3": "<｜tool▁calls▁begin｜>```json",
    "deepseek-v3.1": "<｜tool▁calls▁begin｜>",
}


def of_family(directory: Path, place: Path, family: str) -> None:
    """The model with another family's template."""
    for name in ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json"):
        if (directory / name).exists():
            (place / name).symlink_to(directory / name)
    (place / "chat_template.jinja").write_text("{# " + TEMPLATES[family] + " #}{{ tools | length }}")


def chat(place: Path, params: SamplingParams) -> list[Piece]:
    async def run() -> list[Piece]:
        async with serving(place) as model:
            answer = await model.chat([Turn("user", "x")], params, template_args={})
            return [piece async for piece in answer.pieces(params)]

    return asyncio.run(run())


@pytest.mark.parametrize("family", TEMPLATES)
def test_a_call_that_is_required_is_made_and_fits_its_schema(directory: Path, tmp_path: Path, family: str) -> None:
    of_family(directory, tmp_path, family)
    params = SamplingParams(max_tokens=400, tools=TOOLS, tool_choice="required", parallel_tool_calls=False, seed=3)

    pieces = chat(tmp_path, params)

    calls = [call for piece in pieces for call in piece.tool_calls]
    schemas = {tool.name: json.loads(tool.parameters) for tool in TOOLS}
    assert (text(pieces), [call.index for call in calls]) == ("", [0, 0])
    jsonschema.validate(json.loads(calls[1].arguments), schemas[calls[0].name])
    assert (text(pieces), pieces[-1].finish_reason) == ("", "tool_calls")


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("family", [family for family in TEMPLATES if family != "llama"])
def test_a_strict_call_once_begun_fits_its_schema(
    directory: Path, tmp_path: Path, family: str, *, special: bool
) -> None:
    """The mark that begins a call is one token, and the model says nothing else where it may."""
    of_family(directory, tmp_path, family)
    (tmp_path / "tokenizer.json").unlink()
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    form = family_of(TEMPLATES[family]).calls
    assert form is not None
    (tokenizer.add_special_tokens if special else tokenizer.add_tokens)([form.opens])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    bias = ((tokenizer.token_to_id(form.opens), 100.0),)
    strict = tuple(replace(tool, strict=True) for tool in TOOLS)
    params = SamplingParams(max_tokens=400, tools=strict, logit_bias=bias, parallel_tool_calls=False, seed=3)

    pieces = chat(tmp_path, params)
    free = chat(tmp_path, replace(params, tools=TOOLS, max_tokens=20))

    calls = [call for piece in pieces for call in piece.tool_calls]
    schemas = {tool.name: json.loads(tool.parameters) for tool in TOOLS}
    assert (text(pieces), [call.index for call in calls], pieces[-1].finish_reason) == ("", [0, 0], "tool_calls")
    jsonschema.validate(json.loads(calls[1].arguments), schemas[calls[0].name])
    # nobody binds tools that are not strict: it repeats the mark
    assert ([call for piece in free for call in piece.tool_calls], free[-1].finish_reason) == ([], "length")


def test_beside_a_strict_tool_another_takes_any_object_and_text_stays_free(directory: Path, tmp_path: Path) -> None:
    of_family(directory, tmp_path, "hermes")
    (tmp_path / "tokenizer.json").unlink()
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.add_tokens(["<tool_call>"])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    opens = tokenizer.token_to_id("<tool_call>")
    grammars = Grammars(tokenizer, 272, frozenset({256}))
    form = family_of("<tool_call>").calls
    assert form is not None
    tools = (replace(TOOLS[0], strict=True), TOOLS[1])
    bound = FreeCalls(
        grammars.maker(begun_grammar(form, tools, parallel=True, special={}), jump=False), opens, vocab_size=272
    )

    def says(said: str) -> bool:
        """Whether every token of a text is allowed where it comes."""
        for token in tokenizer.encode(said, add_special_tokens=False).ids:
            mask = int.from_bytes(bound.allowed(), "little")
            if not mask >> token & 1:
                return False
            assert bound.take(token) == []
        return True

    assert bound.begin() == []
    assert says('Well <tool\n<tool_call>\n{"name": "now", "arguments": {"any": [1, {}]}}\n</tool_call>\nand 好')
    assert says('<tool_call>\n{"name": "weather", "arguments": {"days": 2}}\n</tool_call>')
    assert int.from_bytes(bound.allowed(), "little") >> 256 & 1  # it may end here
    assert not bound.ended
    assert not says('<tool_call>\n{"name": "weather", "arguments": {"days": 3}}')


def test_guesses_change_no_token(directory: Path) -> None:
    """The second request of a node is guessed at from the answer of the first."""
    params = SamplingParams(max_tokens=40, temperature=0.9, seed=5, ignore_eos=True, hints=Hints(node_key="n"))
    plain, guessing = (
        load_engine(directory, replace(CONFIG, max_drafts=drafts), device=CPU, dtype="float32") for drafts in (0, 4)
    )

    want, _ = run_out(plain, params)
    assert run_out(guessing, params)[0] == want
    tokens, n_steps = run_out(guessing, params)

    assert tokens == want
    assert n_steps < 30


def run_out(engine: Engine, params: SamplingParams) -> tuple[list[int | None], int]:
    engine.add("r", list(b"repeat repeat repeat"), params)
    tokens, n_steps = [], 0
    while engine.has_work:
        tokens += [output.token for output in engine.step()]
        n_steps += 1
    return tokens, n_steps
