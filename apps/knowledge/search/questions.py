"""What a chat model makes of a question before it is searched for: one that stands alone, other wordings, a made-up
answer, conditions on metadata, the dataset to ask.

Every call is bounded in time and length and may fail: then the search goes on with what it had, and the funnel says so.
What a model writes is read as data and never trusted: conditions are checked like those of a person.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from apps.knowledge.metadata import OPERATORS, Filter
from apps.knowledge.search.found import Funnel, Step, Turns
from apps.knowledge.search.settings import Questions
from apps.knowledge.search.targets import Target
from apps.providers import services as providers
from workflows.errors import ModelError
from workflows.ports import ChatRequest, Message

TIMEOUT_S = 20.0
_MAX_CHARS = 4000
_MAX_TURNS, _MAX_TURN_CHARS = 6, 1500
_MAX_FIELDS, _MAX_DATASETS = 40, 50

_REWRITE = (
    "Rewrite the last question of the conversation so that it can be understood without the conversation. Put names in "
    "place of words such as it, they, that one. Keep its language and its meaning; add nothing. If it can already be "
    "understood alone, repeat it. Answer with the question only."
)
_VARIANTS = (
    "Write {count} other wordings of the question, as people who look for the same thing would search for it: with "
    "synonyms, with other terms of the field. Keep the language. One on each line, without numbers or explanations."
)
_HYDE = (
    "Write a short passage, three sentences at most, as it might stand in a document that answers the question. Keep "
    "the language of the question. Write the passage only."
)
_FILTER = (
    "Documents have these metadata fields: {fields}. Which conditions on them does the question itself state? Today is "
    '{today}. Answer with JSON only: {{"logical": "and" or "or", "conditions": [{{"name", "operator", "value"}}]}}. '
    "Operators: {operators}. Times are written as ISO dates. No conditions where the question states none."
)
_CHOOSE = "Which one of these knowledge bases most likely answers the question? {datasets} Answer with its number only."


@dataclass(slots=True)
class Wordings:
    """What is searched for: `question` by both legs, `variants` too, `passages` by the vector leg alone."""

    question: str
    variants: list[str] = field(default_factory=list)
    passages: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        return [self.question, *self.variants]


async def wordings(workspace_id: UUID, question: str, settings: Questions, history: Turns, funnel: Funnel) -> Wordings:
    """The question as it is searched for. Variants and the made-up answer are asked for at the same time."""
    result = Wordings(question)
    wanted = (settings.rewrite and bool(history), settings.variants > 0, settings.hyde)
    if not any(wanted):
        return result
    started = time.monotonic()
    if settings.rewrite and history:
        said = await _asked(workspace_id, settings, _REWRITE, _conversation(history, question), funnel, "rewrite")
        result.question = said.strip() if said and said.strip() else question
    variants, passage = await asyncio.gather(
        _variants(workspace_id, result.question, settings, funnel),
        _asked(workspace_id, settings, _HYDE, result.question, funnel, "hyde") if settings.hyde else _nothing(),
    )
    result.variants = variants
    result.passages = [passage.strip()] if passage and passage.strip() else []
    details = {"question": result.question, "variants": result.variants, "passages": result.passages}
    count = len(result.all) + len(result.passages)
    funnel.steps.append(Step("questions", None, count, _ms(started), details))
    return result


async def conditions(
    workspace_id: UUID, question: str, settings: Questions, fields: Sequence[tuple[str, str]], funnel: Funnel
) -> Filter | None:
    """The conditions that the question states on these (name, type) fields; None when there are none."""
    if not fields:
        return None
    listed = ", ".join(f"{name} ({type_})" for name, type_ in fields[:_MAX_FIELDS])
    today = datetime.now(tz=UTC).date().isoformat()
    prompt = _FILTER.format(fields=listed, today=today, operators=", ".join(OPERATORS))
    said = await _asked(workspace_id, settings, prompt, question, funnel, "filter")
    if said is None:
        return None
    names = {name for name, _ in fields}
    try:
        written = Filter.model_validate(_json_in(said))
    except (ValueError, ValidationError):
        funnel.note("filter_unreadable", f"{settings.model} wrote no conditions that can be read; nothing is filtered.")
        return None
    known = [each for each in written.conditions if each.name in names]
    return Filter(logical=written.logical, conditions=known) if known else None


async def chosen(
    workspace_id: UUID, question: str, settings: Questions, targets: Sequence[Target], funnel: Funnel
) -> Sequence[Target]:
    """The one dataset that a model takes for the right one; all of them when it names none."""
    if len(targets) < 2:
        return targets
    started = time.monotonic()
    listed = "".join(f"\n{number}. {each.name}: {each.description[:300]}" for number, each in _numbered(targets))
    said = await _asked(workspace_id, settings, _CHOOSE.format(datasets=listed + "\n"), question, funnel, "choose")
    number = re.search(r"\d+", said or "")
    one = dict(_numbered(targets)).get(int(number.group())) if number else None
    if one is None:
        if said is not None:
            funnel.note("choice_unreadable", f"{settings.model} chose no knowledge base; all of them are searched.")
        return targets
    funnel.steps.append(Step("choice", len(targets), 1, _ms(started), {"dataset_id": str(one.id), "name": one.name}))
    return [one]


async def _variants(workspace_id: UUID, question: str, settings: Questions, funnel: Funnel) -> list[str]:
    if settings.variants == 0:
        return []
    prompt = _VARIANTS.format(count=settings.variants)
    said = await _asked(workspace_id, settings, prompt, question, funnel, "variants") or ""
    lines = [re.sub(r"^\s*(?:[-*•]|\d+[.)、])\s*", "", line).strip() for line in said.splitlines()]
    return list(dict.fromkeys(line for line in lines if line and line != question))[: settings.variants]


async def _asked(
    workspace_id: UUID, settings: Questions, prompt: str, question: str, funnel: Funnel, what: str
) -> str | None:
    """The model's reply, at most so long; None, with a note, when there is none."""
    if not settings.model:
        funnel.note("question_model_missing", f"No model is chosen for the setting {what!r}; it is left out.")
        return None
    request = ChatRequest(
        provider=settings.provider,
        model=settings.model,
        messages=[Message("system", prompt), Message("user", question)],
        params={"temperature": 0, "max_tokens": 400},
    )
    text = ""
    try:
        async with asyncio.timeout(TIMEOUT_S), aclosing(providers.chat_stream(workspace_id, request)) as chunks:
            async for chunk in chunks:
                text += chunk.text
                if len(text) > _MAX_CHARS:
                    break
    except TimeoutError:
        message = f"{settings.model} did not answer within {TIMEOUT_S:g} s; {what!r} is left out."
        funnel.note("question_model_failed", message)
        return None
    except ModelError as exc:
        funnel.note("question_model_failed", f"{what!r} is left out. {exc.message}")
        return None
    return re.sub(r"<think>.*?</think>", "", text, flags=re.DOTALL)[:_MAX_CHARS]


async def _nothing() -> None:
    return None


def _conversation(history: Turns, question: str) -> str:
    turns = [
        f"{each.get('role', '')}: {str(each.get('content', ''))[:_MAX_TURN_CHARS]}" for each in history[-_MAX_TURNS:]
    ]
    return "\n".join([*turns, f"Last question: {question}"])


def _numbered(targets: Sequence[Target]) -> list[tuple[int, Target]]:
    return list(enumerate(targets[:_MAX_DATASETS], start=1))


def _json_in(text: str) -> Any:
    """The outermost object of a reply that may hold words, or a code fence, around it. Raises ValueError."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise ValueError("no object")
    return json.loads(text[start : end + 1])


def _ms(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
