"""Reading the replies of a model that works by Thought, Action and Final Answer.

Knows the forms models give these in, English and Chinese, fenced or bare, and how to tell them apart while they arrive;
knows nothing of tools. Never raises, whatever the reply.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from workflows.repair import loads_lenient

_NAMES = {
    "thought": ("thought", "思考", "想法"),
    "input": ("action input", "action_input", "行动输入", "动作输入", "操作输入", "参数"),
    "action": ("action", "行动", "动作", "操作"),
    "observation": ("observation", "观察", "观察结果"),
    "answer": ("final answer", "final_answer", "最终答案", "最终回答"),
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names}
_ANY = "|".join(sorted((re.escape(name) for name in _KINDS), key=len, reverse=True))
_LABEL = re.compile(rf"^[ \t>#*_`-]*({_ANY})[*_`]*[ \t]*[:：][*_`]*[ \t]*", re.IGNORECASE | re.MULTILINE)
_CALL = re.compile(r"^\s*[`\"']?([A-Za-z_][\w.-]{0,127})[`\"']?\s*(?:\((.*)\)|\[(.*)\])?\s*$", re.DOTALL)
_NAME_KEYS = ("action", "tool", "tool_name")
# These name a tool only beside an input: an answer may be an object with a name.
_WEAK_KEYS = ("name", "function")
_INPUT_KEYS = ("action_input", "arguments", "args", "input", "parameters", "tool_input")
_ANSWERS = frozenset(_NAMES["answer"])


@dataclass(frozen=True, slots=True)
class Action:
    """A tool asked for. `input` is its arguments, or a text where the model gave no object."""

    tool: str
    input: dict[str, Any] | str


@dataclass(frozen=True, slots=True)
class Said:
    """What a reply says: a thought, and an action or an answer. Neither means that it is in no known form."""

    thought: str = ""
    action: Action | None = None
    answer: str | None = None


def read(text: str) -> Said:
    """The first action or the final answer of a reply, whichever comes first; a text without labels is an answer."""
    labels = [(match.start(), match.end(), _kind(match)) for match in _LABEL.finditer(text)]
    if not labels:
        found = _of_json(loads_lenient(text)) if "{" in text else None
        if found is not None:
            return Said(_before_json(text), found.action, found.answer)
        return Said(answer=text.strip())
    ends = [start for start, _, _ in labels[1:]] + [len(text)]
    thoughts = [text[: labels[0][0]].strip()]
    for i, ((_, after, kind), end) in enumerate(zip(labels, ends, strict=True)):
        body = text[after:end].strip()
        match kind:
            case "answer":
                return Said(_joined(thoughts), None, _unfenced(text[after:].strip()))
            case "action":
                found = _action(text, after, body, labels[i + 1 :], ends[i + 1 :])
                if found is not None:
                    return Said(_joined(thoughts), found.action, found.answer)
            case "observation":
                break
            case "thought":
                thoughts.append(body)
    # A label such as Thought alone, with the action as bare JSON behind it.
    found = _of_json(loads_lenient(text[labels[0][1] :])) if "{" in text else None
    if found is not None:
        return Said(_before_json(text[labels[0][1] :]), found.action, found.answer)
    return Said(_joined(thoughts))


def _kind(match: re.Match[str]) -> str:
    return _KINDS[match.group(1).lower()]


def _joined(thoughts: list[str]) -> str:
    return "\n".join(filter(None, thoughts))


def _action(text: str, after: int, body: str, later: list[tuple[int, int, str]], ends: list[int]) -> Said | None:
    """The action whose label ends at `after`: as JSON, as a name with an input, or as a call in one line."""
    limit = next((start for start, _, kind in later if kind in ("observation", "answer")), len(text))
    value = loads_lenient(text[after:limit]) if "{" in body else None
    found = _of_json(value)
    if found is not None:
        return found
    call = _CALL.match(_unfenced(body))
    answers = _unfenced(body).lower() in _ANSWERS
    if call is None and not answers:
        return None
    name, written = ("", None) if call is None else (call.group(1), call.group(2) or call.group(3))
    for (_, input_after, kind), end in zip(later, ends, strict=True):
        if kind == "input":
            stop = max(end, limit) if "{" in text[input_after:end] else end
            written = text[input_after:stop].strip()
            break
    if answers:
        return Said(answer=written or "")
    return Said(action=Action(name, _input(_unfenced(written or ""))))


def _of_json(value: Any) -> Said | None:
    if isinstance(value, list):
        value = next((each for each in value if isinstance(each, dict)), None)
    if not isinstance(value, dict):
        return None
    inner = value.get("function")
    if isinstance(inner, dict):
        value = inner
    given = next((value[key] for key in _INPUT_KEYS if value.get(key) is not None), None)
    keys = _NAME_KEYS if given is None else (*_NAME_KEYS, *_WEAK_KEYS)
    name = next((value[key] for key in keys if isinstance(value.get(key), str) and value[key].strip()), None)
    if name is None:
        answer = next((value[key] for key in _ANSWERS if isinstance(value.get(key), str)), None)
        return None if answer is None else Said(answer=answer)
    given = {} if given is None else given
    if name.strip().lower() in _ANSWERS:
        return Said(answer=given if isinstance(given, str) else _first_text(given))
    return Said(action=Action(name.strip(), given if isinstance(given, dict) else _input(str(given))))


def _first_text(value: Any) -> str:
    if isinstance(value, dict):
        return next((each for each in value.values() if isinstance(each, str)), str(value))
    return str(value)


def _input(written: str) -> dict[str, Any] | str:
    value = loads_lenient(written) if written.lstrip()[:1] in ("{", "`", '"') else None
    if isinstance(value, str):
        return value
    return value if isinstance(value, dict) else written.strip("\"'` \n")


def _unfenced(text: str) -> str:
    if not text.startswith("```"):
        return text
    return text.strip("`").removeprefix("json").strip()


def _before_json(text: str) -> str:
    return text[: text.find("{")].replace("```json", "").strip("` \n")


class Follower:
    """Follows a reply while it arrives: thoughts go to `think`, the final answer to `say`, actions to nobody."""

    def __init__(self) -> None:
        self.text = ""
        self._at = 0
        self._state = "start"
        self.said = ""
        """What of the answer was said while it arrived."""

    def feed(self, piece: str) -> list[tuple[str, str]]:
        """`(text|reasoning, piece)` pairs that can be told so far."""
        self.text += piece
        if self._state == "answer":
            return self._say(piece)
        found: list[tuple[str, str]] = []
        while self._state != "answer":
            end = self.text.find("\n", self._at)
            line = self.text[self._at : end if end >= 0 else len(self.text)]
            label = _LABEL.match(line)
            # A label is whole when something follows it: before that, the end of a `**label:**` may still come.
            whole = label is not None and (label.end() < len(line) or end >= 0)
            if label is not None and whole and _kind(label) == "answer" and self._state != "acting":
                self._state = "answer"
                found += self._say(self.text[self._at + label.end() :])
                break
            if end < 0:
                break
            found += self._line(line, label)
            self._at = end + 1
        return found

    def _line(self, line: str, label: re.Match[str] | None) -> list[tuple[str, str]]:
        kind = _kind(label) if label is not None else None
        if kind in ("action", "input", "observation"):
            self._state = "acting"
        elif kind == "thought" and self._state == "start":
            self._state = "thinking"
        if self._state != "thinking":
            return []
        thought = line[label.end() :] if label is not None else line
        return [("reasoning", thought + "\n")] if thought.strip() else []

    def _say(self, piece: str) -> list[tuple[str, str]]:
        if not self.said:
            piece = piece.lstrip()
        self.said += piece
        return [("text", piece)] if piece else []
