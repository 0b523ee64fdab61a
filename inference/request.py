"""What a caller asks of a model, and what comes back piece by piece. Knows nothing of engines, tensors or HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FinishReason = Literal["stop", "length", "tool_calls", "abort"]
"""`tool_calls`: it stopped, and what it said last is at least one call of a tool."""
ToolChoice = Literal["none", "auto", "required"]
Effort = Literal["low", "medium", "high"]
Service = Literal["interactive", "batch", "idle"]
"""Who waits for the answer: a person, a job, nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the platform knows of a request from its workflow. All optional and advisory: a wrong hint costs time, never
    an answer. Times are milliseconds from the request's arrival.
    """

    run_id: str = ""
    node_key: str = ""
    """Stable over runs; answers' lengths are learnt by it."""
    service: Service = "interactive"
    deadline_ms: float | None = None
    """When the whole run should be done."""
    remaining_ms: float = 0.0
    """What still follows this request on the longest way to the run's end."""
    run_age_ms: float = 0.0
    """How long the run has been under way."""
    gang: str = ""
    """Siblings of a parallel region carry the same name; who waits for the join waits for the last of them."""
    hold_ms: float = 0.0
    """How long a tool will probably run before the same conversation goes on; 0: it does not go on."""

    @property
    def siblings(self) -> str:
        """What the request's gang is called among those of all runs; empty where it has none."""
        return f"{self.run_id}\0{self.gang}" if self.gang else ""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What an answer must look like: exactly one kind, in text, so that equal ones are compiled once.

    `source` is a JSON schema as JSON text (`json_schema`), nothing (`json_object`: any object), a regular expression
    in Rust's syntax (`regex`), or a grammar in llguidance's dialect of Lark (`lark`). `choice` takes `options`, and the
    answer is one of them, word for word.
    """

    kind: Literal["json_schema", "json_object", "regex", "lark", "choice"]
    source: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may call. `parameters` is the JSON schema of its arguments, as JSON text."""

    name: str
    description: str = ""
    parameters: str = '{"type": "object"}'
    strict: bool = False
    """What the caller asked for. Calls that are `required` fit the schema, strict or not. Those of `auto` fit it where
    the tool is strict and the family begins a call with a token of its own; else they are read as the model writes
    them, and may not fit it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParams:
    """How tokens are chosen and when to end. Field meanings are OpenAI's and vLLM's."""

    n: int = 1
    """Answers to one prompt, which is computed once, but for its last token. Answer i draws with `seed` + i."""
    min_tokens: int = 0
    """Tokens before the model may end by itself or at a stop token; stop strings do not heed it."""
    logit_bias: tuple[tuple[int, float], ...] = ()
    """(token, what is added to its logit), after the penalties."""
    logprobs: int | None = None
    """How many of the likeliest tokens to tell beside each token's own log-probability; None: nothing is told.

    They are the model's own, before penalties, bias, temperature and filters: vLLM's default, `raw_logprobs`.
    """
    logprob_token_ids: tuple[int, ...] = ()
    """Tokens whose log-probability is told at every place, likely or not."""
    grammar: Grammar | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = "auto"
    """`required` constrains the answer to calls. For one function by name, give that one alone and `required`."""
    parallel_tool_calls: bool = True
    """False: at most one call an answer."""
    reasoning: bool | None = None
    """Whether to think before the answer, for templates that have such a switch; None: the template's own default."""
    reasoning_effort: Effort | None = None
    deterministic: bool = False
    """The same request always gets the same tokens, to the bit, whatever else is served. Such a request is computed by
    itself, step by step, which is slower for everybody."""
    max_tokens: int | None = None
    """None: until the model ends, or its context is full."""
    temperature: float = 1.0
    """0 is greedy."""
    top_p: float = 1.0
    top_k: int = 0
    """0: no limit."""
    min_p: float = 0.0
    seed: int | None = None
    """None: a fresh one for every request."""
    stop: tuple[str, ...] = ()
    stop_token_ids: tuple[int, ...] = ()
    ignore_eos: bool = False
    salt: str = ""
    """Prefixes are shared among requests with the same salt only, such as a tenant's."""
    adapter: str = ""
    """The low-rank adapter that answers, by name; empty: the model itself."""
    drop_after_ms: float | None = None
    """Give up when it has not begun by then."""
    hints: Hints = Hints()
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repetition_penalty: float = 1.0


@dataclass(frozen=True, slots=True)
class ScoredToken:
    """A token as text and bytes, with its natural log-probability. The text of half a character is U+FFFD."""

    token: str
    logprob: float
    bytes: bytes


@dataclass(frozen=True, slots=True)
class TokenLogprob(ScoredToken):
    """A token of the answer, and the likeliest at its place, the best first."""

    top: tuple[ScoredToken, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """Some more of a call. Its first delta has id and name and no arguments, the others arguments alone."""

    index: int
    call_id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class OptionScore:
    """An option of a `choice` and its probability: that of its tokens under the model, over that of all options."""

    option: str
    probability: float


@dataclass(frozen=True, slots=True)
class Begun:
    """How an answer came to what the model said first."""

    n_cached: int
    """Tokens of its prompt that were found computed when the engine first took it up."""
    queue_s: float
    """Seconds from its arrival in the engine until then."""
    prefill_s: float
    """Seconds from then to its first token."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some more of one of the answers. The last piece of each answer has a finish reason, and only that one."""

    text: str
    n_tokens: int = 0
    finish_reason: FinishReason | None = None
    index: int = 0
    """Which of the `n` answers."""
    reasoning: str = ""
    """What the model thinks before it answers; never in the same piece as text or calls."""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    """One for each token, when asked for."""
    stop_reason: str | int | None = None
    """With `stop`: the stop string or stop token that ended it; None: the model ended by itself."""
    n_forced: int = 0
    """Of `n_tokens`, those that the grammar left no choice about and the model did not have to be asked for."""
    n_reasoning: int = 0
    """Of `n_tokens`, those spent on thinking."""
    options: tuple[OptionScore, ...] = ()
    """With the last piece of a `choice`, when its options were scored at once: all of them, the likeliest first."""
    begun: Begun | None = None
    """With the first token that the model was asked for; models that compute no prompt have none."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model made earlier in the conversation. `arguments` is JSON text."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation, its content flattened to text."""

    role: str
    content: str
    name: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    """Of a tool's answer: the call it answers."""
