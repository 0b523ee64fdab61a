"""How families of models write thoughts and calls: a table, read off the chat template. Knows no state.

The forms are those of the makers' own templates on the hub: Qwen2.5, Qwen3 (Hermes), Qwen3-Coder, Llama-3.1, Mistral
(v3 and v11), DeepSeek-V3, R1 and V3.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from inference.text.parsing.bodies import Read, deepseek, hermes, llama, mistral, qwen_coder

SEP, BEGIN, END = "<｜tool▁sep｜>", "<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>"


@dataclass(frozen=True, slots=True)
class CallForm:
    """How calls are written. `opens` begins them in the text, and `read` reads what follows."""

    opens: str
    read: Read
    begin: tuple[str, str]
    """What a call has before its name, and between name and arguments."""
    end: str
    """What it has after its arguments."""
    around: tuple[str, str, str] = ("", "\n", "")
    """Before the first call, between two, after the last."""
    bare: bool = False
    """An answer that begins with a call's JSON is one even without `opens`."""
    xml: bool = False
    """Arguments are written as elements, not as JSON."""
    markers: tuple[str, ...] = ()
    """Special tokens that the text must show, `opens` aside."""
    id_chars: int = 24
    """Length of a call's id; Mistral's templates take 9 alone."""


@dataclass(frozen=True, slots=True)
class Family:
    think: tuple[str, str] | None = None
    """What begins thinking, and what ends it."""
    calls: CallForm | None = None

    @property
    def markers(self) -> tuple[str, ...]:
        """What the text must show though it may be special tokens."""
        calls = (self.calls.opens, *self.calls.markers) if self.calls is not None else ()
        return (*(self.think or ()), *calls)


_CALLS: tuple[tuple[tuple[str, ...], CallForm], ...] = (
    (
        ("<tool_call>", "<function="),
        CallForm(
            "<tool_call>",
            qwen_coder,
            ("<tool_call>\n<function=", ">\n"),
            "</function>\n</tool_call>",
            xml=True,
            markers=("</tool_call>",),
        ),
    ),
    (
        ("<tool_call>",),
        CallForm(
            "<tool_call>",
            hermes,
            ('<tool_call>\n{"name": "', '", "arguments": '),
            "}\n</tool_call>",
            markers=("</tool_call>",),
        ),
    ),
    (
        ("[TOOL_CALLS]", "[ARGS]"),
        CallForm(
            "[TOOL_CALLS]",
            mistral,
            ("[TOOL_CALLS]", "[ARGS]"),
            "",
            around=("", "", ""),
            markers=("[ARGS]", "[CALL_ID]"),
            id_chars=9,
        ),
    ),
    (
        ("[TOOL_CALLS]",),
        CallForm(
            "[TOOL_CALLS]",
            mistral,
            ('{"name": "', '", "arguments": '),
            "}",
            around=("[TOOL_CALLS][", ", ", "]"),
            id_chars=9,
        ),
    ),
    (
        ("<｜tool▁calls▁begin｜>", "```json"),
        CallForm(
            "<｜tool▁calls▁begin｜>",
            deepseek,
            (f"{BEGIN}function{SEP}", "\n```json\n"),
            f"\n```{END}",
            around=("<｜tool▁calls▁begin｜>", "\n", "<｜tool▁calls▁end｜>"),
            markers=("<｜tool▁calls▁end｜>", BEGIN, END, SEP),
        ),
    ),
    (
        ("<｜tool▁calls▁begin｜>",),
        CallForm(
            "<｜tool▁calls▁begin｜>",
            deepseek,
            (BEGIN, SEP),
            END,
            around=("<｜tool▁calls▁begin｜>", "", "<｜tool▁calls▁end｜>"),
            markers=("<｜tool▁calls▁end｜>", BEGIN, END, SEP),
        ),
    ),
    (
        ("<|python_tag|>",),
        CallForm("<|python_tag|>", llama, ('{"name": "', '", "parameters": '), "}", around=("", "; ", ""), bare=True),
    ),
)
_THINK = (("<think>", "</think>"), ("[THINK]", "[/THINK]"))


def family_of(template: str) -> Family:
    """The family whose markers a chat template has; one that writes neither thoughts nor calls when it has none."""
    calls = next((form for signs, form in _CALLS if all(sign in template for sign in signs)), None)
    return Family(next((pair for pair in _THINK if pair[1] in template), None), calls)
