"""The server as clients see it: the official OpenAI client and plain HTTP against a real process."""

from __future__ import annotations

import base64
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import torch

from tests.inference.process import ServerProcess
from tests.inference.tiny import ASSISTANT, EOS, USER

MODEL = "tiny-qwen3"
Tiny = Callable[[str], tuple[Path, Any]]


@pytest.fixture
def client(server: ServerProcess) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        yield client


def greedy_text(tiny: Tiny, prompt: list[int], max_tokens: int) -> str:
    """What the tiny model says, by transformers: byte tokens as text."""
    ids = torch.tensor([prompt])
    _, model = tiny(MODEL.removeprefix("tiny-"))
    out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=max_tokens)
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tiny("qwen3")[0] / "tokenizer.json"))
    return tokenizer.decode(out[0, len(prompt) :].tolist(), skip_special_tokens=True)


def test_models_are_listed_with_their_kinds(server: ServerProcess) -> None:
    with server.client() as client:
        cards = client.get("/v1/models").json()["data"]

    assert {card["id"]: card["weft"] for card in cards} == {
        "weft-quote": {"kind": "extractive"},
        "tiny-qwen3": {"kind": "generative", "max_model_len": 512},
        "all-MiniLM-L6-v2": {"kind": "embedding", "dimension": 384, "max_model_len": 256},
    }


def test_chat_streams_what_it_answers_whole(client: openai.OpenAI) -> None:
    asked: dict[str, Any] = {
        "model": MODEL,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello 你好"}]}],
        "max_tokens": 24,
        "temperature": 0,
    }

    whole = client.chat.completions.create(**asked)
    chunks = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))

    deltas = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(deltas) == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == whole.choices[0].finish_reason
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    assert len({chunk.id for chunk in chunks}) == 1


def test_chat_is_the_template_and_the_model(client: openai.OpenAI, tiny: Tiny) -> None:
    whole = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Hi"}], max_tokens=16, temperature=0
    )
    tokens = client.post(
        "/../tokenize", body={"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}, cast_to=dict[str, Any]
    )

    assert tokens["tokens"][0] == USER
    assert tokens["tokens"][-2:] == [EOS, ASSISTANT]
    assert whole.usage is not None
    assert whole.usage.prompt_tokens == tokens["count"] == 5
    assert whole.choices[0].message.content == greedy_text(tiny, tokens["tokens"], 16)


def test_a_stop_string_across_tokens_ends_the_answer(client: openai.OpenAI) -> None:
    asked: dict[str, Any] = {"model": MODEL, "prompt": "The quick brown fox", "max_tokens": 48, "temperature": 0}
    free = client.completions.create(**asked)
    text = free.choices[0].text
    stop = text[12:15]
    assert len(stop) == 3

    whole = client.completions.create(**asked, stop=[stop, "never said"])
    streamed = list(client.completions.create(**asked, stop=stop, stream=True))

    assert whole.choices[0].text == text[: text.index(stop)]
    assert whole.choices[0].finish_reason == "stop"
    assert "".join(chunk.choices[0].text for chunk in streamed) == whole.choices[0].text
    assert streamed[-1].choices[0].finish_reason == "stop"
    assert free.choices[0].finish_reason == "length"


def test_a_seed_makes_sampling_repeatable(client: openai.OpenAI) -> None:
    def ask(seed: int | None) -> str:
        answer = client.completions.create(
            model=MODEL,
            prompt=[5, 6, 7],
            max_tokens=20,
            temperature=1.5,
            top_p=0.95,
            seed=seed,
            extra_body={"top_k": 40},
        )
        return answer.choices[0].text

    assert ask(7) == ask(7)
    assert len({ask(None) for _ in range(4)}) > 1


def test_a_reader_that_leaves_frees_its_pages(server: ServerProcess, client: openai.OpenAI) -> None:
    stream = client.completions.create(
        model=MODEL, prompt="x", max_tokens=500, stream=True, extra_body={"ignore_eos": True}
    )
    next(iter(stream))
    assert server.metric("weft_kv_cache_usage_perc") > 0

    stream.close()

    wait_until(
        lambda: server.metric("weft_kv_cache_usage_perc") == 0 and server.metric("weft_num_requests_running") == 0
    )


def test_many_streams_at_once_get_their_own_answers(client: openai.OpenAI) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def ask(prompt: str) -> str:
        chunks = client.completions.create(model=MODEL, prompt=prompt, max_tokens=24, temperature=0, stream=True)
        return "".join(chunk.choices[0].text for chunk in chunks)

    prompts = [f"prompt number {at}" * (at % 3 + 1) for at in range(12)]
    alone = [ask(prompt) for prompt in prompts]

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(ask, prompts)) == alone


def test_embeddings_in_both_encodings(client: openai.OpenAI) -> None:
    with_numbers = client.embeddings.create(model="all-MiniLM-L6-v2", input=["one", "two"], encoding_format="float")
    encoded = client.post(
        "/embeddings",
        body={"model": "all-MiniLM-L6-v2", "input": "one", "encoding_format": "base64"},
        cast_to=dict[str, Any],
    )
    short = client.embeddings.create(model="all-MiniLM-L6-v2", input="one", dimensions=8, encoding_format="float")

    numbers = struct.unpack("<384f", base64.b64decode(encoded["data"][0]["embedding"]))
    assert numbers == pytest.approx(with_numbers.data[0].embedding, abs=1e-6)
    assert [item.index for item in with_numbers.data] == [0, 1]
    assert sum(number**2 for number in short.data[0].embedding) == pytest.approx(1)
    assert with_numbers.usage.model_dump() == {"prompt_tokens": 6, "total_tokens": 6}


CHAT = "/v1/chat/completions"
SHORT = [{"role": "user", "content": "x"}]
LONG = [{"role": "user", "content": "x" * 600}]
DEEP: dict[str, Any] = {"type": "json_schema", "json_schema": {"schema": {}}}
for _ in range(40):
    DEEP["json_schema"] = {"schema": {"not": DEEP["json_schema"]["schema"]}}
WIDE = {"type": "json_schema", "json_schema": {"schema": {"const": "x" * 70_000}}}
IMAGE = [{"role": "user", "content": [{"type": "image_url"}]}]


REFUSALS: list[tuple[str, dict[str, Any], int, str, str | None]] = [
    (CHAT, {"model": "gpt-4", "messages": SHORT}, 404, "model_not_found", "model"),
    (CHAT, {"model": "all-MiniLM-L6-v2", "messages": SHORT}, 400, "model_kind", "model"),
    (CHAT, {"model": MODEL, "messages": []}, 400, "messages_empty", "messages"),
    (CHAT, {"model": MODEL}, 400, "invalid_field", "messages"),
    (CHAT, {"model": MODEL, "messages": IMAGE}, 400, "content_unsupported", "messages"),
    (CHAT, {"model": MODEL, "messages": SHORT, "tools": [{}]}, 400, "invalid_field", "tools"),
    (CHAT, {"model": MODEL, "messages": SHORT, "tool_choice": "required"}, 400, "invalid_field", "tool_choice"),
    (CHAT, {"model": MODEL, "messages": SHORT, "functions": [{"name": "f"}]}, 400, "unsupported_parameter", "tools"),
    (CHAT, {"model": MODEL, "messages": SHORT, "tools": [{}] * 129}, 400, "too_many_tools", "tools"),
    (CHAT, {"model": MODEL, "messages": SHORT, "top_logprobs": 2}, 400, "invalid_field", "top_logprobs"),
    (
        CHAT,
        {"model": MODEL, "messages": SHORT, "reasoning_effort": "wild"},
        400,
        "value_out_of_range",
        "reasoning_effort",
    ),
    (
        CHAT,
        {"model": MODEL, "messages": SHORT, "response_format": {"type": "xml"}},
        400,
        "invalid_field",
        "response_format",
    ),
    (CHAT, {"model": MODEL, "messages": SHORT, "response_format": DEEP}, 400, "schema_too_deep", "response_format"),
    (CHAT, {"model": MODEL, "messages": SHORT, "response_format": WIDE}, 400, "schema_too_large", "response_format"),
    (CHAT, {"model": MODEL, "messages": SHORT, "structured_outputs": {}}, 400, "invalid_field", "structured_outputs"),
    (
        CHAT,
        {"model": MODEL, "messages": SHORT, "workflow": {"hold_ms": -1}},
        400,
        "value_out_of_range",
        "workflow.hold_ms",
    ),
    (CHAT, {"model": "weft-quote", "messages": SHORT, "n": 2}, 400, "unsupported_parameter", "n"),
    (CHAT, {"model": "weft-quote", "messages": SHORT, "logprobs": True}, 400, "unsupported_parameter", "logprobs"),
    (CHAT, {"model": MODEL, "messages": LONG}, 400, "context_length_exceeded", "messages"),
    (CHAT, {"model": MODEL, "messages": LONG, "stream": True}, 400, "context_length_exceeded", "messages"),
    ("/v1/completions", {"model": MODEL, "prompt": "x", "n": 17}, 400, "value_out_of_range", "n"),
    ("/v1/completions", {"model": MODEL, "prompt": "x", "suffix": "y"}, 400, "unsupported_parameter", "suffix"),
    (
        "/v1/completions",
        {"model": MODEL, "prompt": "x", "logit_bias": {"a": 1}},
        400,
        "value_out_of_range",
        "logit_bias",
    ),
    ("/v1/completions", {"model": MODEL, "prompt": "x", "logprobs": 21}, 400, "value_out_of_range", "logprobs"),
    ("/v1/completions", {"model": MODEL, "prompt": ["a", 1]}, 400, "invalid_field", "prompt"),
    ("/v1/completions", {"model": MODEL, "prompt": [1, 100000]}, 400, "value_out_of_range", "prompt"),
    ("/v1/completions", {"model": MODEL, "prompt": "x", "temperature": -1}, 400, "value_out_of_range", "temperature"),
    ("/v1/completions", {"model": MODEL, "prompt": "x", "max_tokens": 0}, 400, "value_out_of_range", "max_tokens"),
    ("/v1/completions", {"model": MODEL, "prompt": "x", "max_tokens": "many"}, 400, "invalid_field", "max_tokens"),
    ("/v1/completions", {"model": MODEL, "prompt": "x", "stop": ["s"] * 17}, 400, "too_many_stops", "stop"),
    ("/v1/embeddings", {"model": MODEL, "input": "x"}, 400, "model_kind", "model"),
    ("/v1/embeddings", {"model": "all-MiniLM-L6-v2", "input": []}, 400, "too_many_inputs", "input"),
    ("/v1/embeddings", {"model": "all-MiniLM-L6-v2", "input": ["a", ""]}, 400, "input_empty", "input"),
    ("/v1/rerank", {"query": "x", "documents": ["a"]}, 404, "model_not_found", "model"),
    ("/tokenize", {"model": MODEL}, 400, "invalid_field", "prompt"),
    ("/admin/drain", {}, 403, "admin_disabled", None),
    ("/v1/nothing", {}, 404, "not_found", None),
    ("/v1/models", {}, 405, "method_not_allowed", None),
]


@pytest.mark.parametrize(("path", "body", "status", "code", "param"), REFUSALS)
def test_refusals(
    server: ServerProcess, path: str, body: dict[str, Any], status: int, code: str, param: str | None
) -> None:
    with server.client() as client:
        response = client.post(path, json=body)

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (status, code, param)
    assert error["message"].endswith((".", ";")) or ":" in error["message"]
    assert server.metric("weft_kv_cache_usage_perc") == 0


def test_bodies_that_are_no_json_or_too_large(server: ServerProcess) -> None:
    with server.client() as client:
        broken = client.post("/v1/embeddings", content=b"{")
        large = client.post("/v1/embeddings", content=b" " * (17 * 1024 * 1024))

    assert (broken.status_code, broken.json()["error"]["code"]) == (400, "invalid_json")
    assert (large.status_code, large.json()["error"]["code"]) == (413, "body_too_large")


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)
