"""Question classifier: asks a model which of a list of classes a text belongs to; each class is a way out.

Knows classes and how a reply names one. A server that can be bound to options is given, for each class, the reply that
names it. A reply that names none takes the first class; that is a fact of the run's log.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from workflows import wording
from workflows.asking import MODEL_TIMEOUT_S, Asker, ask, usage_output
from workflows.context import Context
from workflows.errors import NodeError
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import NodeConfig, Selector, Template, duplicates, widget
from workflows.nodes.model_fields import Memory, Model, Vision
from workflows.ports import Message
from workflows.prompts import history_text, window
from workflows.repair import loads_lenient
from workflows.replies import without_thinking
from workflows.scope import Scope
from workflows.values import to_text
from workflows.vision import image_parts, with_images


class Class(NodeConfig):
    """One class: `id` is the handle its edges leave by."""

    id: Annotated[str, Field(min_length=1, max_length=128)]
    name: Template = Field(default="", description="What belongs here, in words the model understands.")
    label: str = Field(default="", description="How the class is called in the output class_label.")


class Config(NodeConfig):
    """What is sorted, by which model, into which classes."""

    query: Selector = Field(default=["sys", "query"], description="The text to sort.")
    model: Model = Field(default=Model(), json_schema_extra=widget("model"))
    classes: list[Class] = Field(default=[], json_schema_extra=widget("classes"))
    instruction: Template = Field(default="", description="Further instructions for the model.")
    memory: Memory | None = None
    vision: Vision | None = None


class QuestionClassifier(NodeType[Config]):
    """See the module."""

    kind = "question-classifier"
    family = "logic"
    config = Config
    effect = "idempotent"
    outputs = (
        Output("class_name", "string"),
        Output("class_label", "string"),
        Output("class_id", "string"),
        Output("usage", "object"),
    )
    handles = "classes"

    def handles_of(self, config: Config) -> tuple[str, ...] | None:
        return tuple(each.id for each in config.classes)

    def fresh(self) -> dict[str, Any]:
        return Config(classes=[Class(id="1"), Class(id="2")]).model_dump(mode="json")

    def build(self, config: Config, scope: Scope) -> Step:
        return Step(task=_Classifier(config, scope).run, timeout_s=MODEL_TIMEOUT_S)


class _Classifier:
    """One compiled classifier."""

    def __init__(self, config: Config, scope: Scope) -> None:
        self.config = config
        self.dialect = scope.dialect
        self.asker = Asker(config.model, scope)
        self.query = scope.ref(config.query, "query")
        self.instruction = scope.template(config.instruction, "instruction")
        self.names = [scope.template(each.name, f"classes.{i}.name") for i, each in enumerate(config.classes)]
        vision = config.vision if config.vision is not None and config.vision.enabled else None
        self.vision = (scope.ref(vision.selector, "vision.selector"), vision.detail) if vision else None
        if not config.classes:
            scope.soft_fault("classes_empty", "There is no class to choose.", "classes")
        for class_id in duplicates(each.id for each in config.classes):
            scope.soft_fault("class_duplicate", f"Two classes have the id {class_id!r}.", "classes")

    async def run(self, ctx: Context) -> Result:
        if not self.names:
            raise NodeError("classes_empty", "There is no class to choose.", field="classes", retryable=False)
        names = [name.render(ctx.pool) for name in self.names]
        rows = [_row(each.id, name) for each, name in zip(self.config.classes, names, strict=True)]
        messages = self._messages(ctx, names, rows)
        if self.vision is not None:
            selector, detail = self.vision
            messages = with_images(messages, await image_parts(ctx, selector.get_or_none(ctx.pool), detail))
        asked = await ask(ctx, self.asker.request(ctx, messages, options=rows))
        said = asked.reply.text.strip()
        ids = [each.id for each in self.config.classes]
        named = rows.index(said) if said in rows else class_in(said, ids, names)
        at = 0 if named is None else named
        chosen = self.config.classes[at]
        outputs = {
            "class_name": names[at],
            "class_label": chosen.label or f"CLASS {at + 1}",
            "class_id": chosen.id,
            "usage": usage_output(asked.usage, asked.reply.elapsed_ms, self.dialect),
        }
        facts = {"reply": asked.reply.text[:2000], "recognised": named is not None}
        told = asked.reply.probabilities
        if told:
            facts["probabilities"] = {
                each: round(told[row], 4) for each, row in zip(ids, rows, strict=True) if row in told
            }
        return Result(outputs, asked.inputs, handle=chosen.id, usage=asked.usage, facts=facts)

    def _messages(self, ctx: Context, names: Sequence[str], rows: Sequence[str]) -> list[Message]:
        query = to_text(self.query.get_or_none(ctx.pool), self.dialect)
        instruction = self.instruction.render(ctx.pool).strip()
        like = query + instruction + "".join(names)
        system = [wording.of("classify", like).format(classes="\n".join(rows))]
        if instruction:
            system.append(wording.of("instruction", like).format(text=instruction))
        memory = self.config.memory
        if memory is not None and memory.enabled:
            past = history_text(window(ctx.history, memory.window, memory.max_tokens))
            if past:
                system.append(wording.of("conversation", like).format(text=past))
        return [Message("system", "\n\n".join(system)), Message("user", query or " ")]


def _row(class_id: str, name: str) -> str:
    """A class as the model is shown it, and as it is asked to name it."""
    return json.dumps({"category_id": class_id, "category_name": name}, ensure_ascii=False)


def class_in(reply: str, ids: Sequence[str], names: Sequence[str]) -> int | None:
    """Which class a reply names, by id or by name, in JSON or bare; None when it names none."""
    text = without_thinking(reply)
    value = loads_lenient(text)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    said = [value.get("category_id"), value.get("category_name")] if isinstance(value, dict) else [value, text]
    for each in said:
        if isinstance(each, (str, int)) and not isinstance(each, bool):
            word = str(each).strip().strip("\"'`.。")
            for known in (ids, names):
                if word and word in known:
                    return known.index(word)
    return _within(text, names)


def _within(text: str, names: Sequence[str]) -> int | None:
    """The one class whose name stands somewhere in a text; of names within each other the longest counts."""
    said = text.casefold()
    found = [name for name in dict.fromkeys(names) if name.strip() and name.casefold() in said]
    found = [name for name in found if not any(name != one and name.casefold() in one.casefold() for one in found)]
    return names.index(found[0]) if len(found) == 1 else None


NODE = QuestionClassifier()
