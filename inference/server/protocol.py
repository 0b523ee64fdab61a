"""The JSON bodies of generation, in OpenAI's and vLLM's shapes.

Knows which fields are honoured; everything else about them is elsewhere.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class FunctionCall(msgspec.Struct, kw_only=True):
    name: str
    arguments: str = "{}"


class MessageCall(msgspec.Struct, kw_only=True):
    function: FunctionCall
    id: str = ""
    type: str = "function"


class Message(msgspec.Struct, kw_only=True):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None
    name: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[MessageCall] | None = None
    tool_call_id: str | None = None


class StreamOptions(msgspec.Struct, kw_only=True):
    include_usage: bool = False


class Gang(msgspec.Struct, kw_only=True):
    id: str


class Workflow(msgspec.Struct, kw_only=True, rename={"service": "class"}):
    """What the platform knows of the request's workflow; see request.Hints for the meaning of each."""

    run_id: str = ""
    node_key: str = ""
    service: Literal["interactive", "batch", "idle"] = "interactive"
    deadline_ms: float | None = None
    remaining_ms: float = 0.0
    run_age_ms: float = 0.0
    gang: str | Gang = ""
    hold_ms: float = 0.0
    abort_late: bool = False
    """Also end an answer that is under way when X-Request-Deadline-Ms has passed."""


class StructuredOutputs(msgspec.Struct, kw_only=True):
    """vLLM's field for constraints that OpenAI has no name for."""

    choice: list[str] | None = None
    regex: str | None = None
    grammar: str | None = None
    json: dict[str, Any] | bool | None = None


class Generation(msgspec.Struct, kw_only=True):
    """Fields that chat and plain completions share."""

    model: str
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = None
    min_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    stop_token_ids: list[int] | None = None
    ignore_eos: bool = False
    n: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    repetition_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    response_format: dict[str, Any] | None = None
    structured_outputs: StructuredOutputs | None = None
    deterministic: bool = False
    priority: int = 0
    cache_salt: str = ""
    workflow: Workflow | None = None


class ChatRequest(Generation, kw_only=True):
    messages: list[Message]
    max_completion_tokens: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    functions: list[dict[str, Any]] | None = None
    function_call: str | dict[str, Any] | None = None
    reasoning_effort: str | None = None
    include_reasoning: bool = True
    chat_template_kwargs: dict[str, Any] | None = None


class CompletionRequest(Generation, kw_only=True):
    prompt: str | list[str | int | list[int]]
    echo: bool = False
    logprobs: int | None = None
    suffix: str | None = None
    best_of: int | None = None


PASSED_OVER = frozenset(
    {"user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
     "truncate_prompt_tokens", "stream_options", "modalities", "verbosity", "encoding_format", "max_chunks_per_doc",
     "max_tokens_per_doc", "rank_fields", "truncation"}
)  # fmt: skip
"""Fields that clients send out of habit and that change nothing here: no warning for them."""
