"""What a new app begins with: two blank graphs and two that work on a fresh machine.

Knows documents and the words people write to models, in English and Chinese; the words of the interface are the front
end's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.providers.models import Provider
from apps.studio import briefing
from apps.studio.graphs import document as graph
from apps.studio.graphs import edges, node
from weft.http.errors import invalid

BUILTIN_MODEL = {"provider": "weft", "name": "weft-quote", "params": {}}


@dataclass(frozen=True, slots=True)
class Choice:
    """What a starter is made for."""

    name: str
    language: str
    workspace_id: UUID
    dataset_id: UUID | None = None

    @property
    def is_chinese(self) -> bool:
        return self.language.lower().startswith("zh")


@dataclass(frozen=True, slots=True)
class Starter:
    """How the gallery shows a starter, and how its document is made.

    Names and descriptions are translated by its id.
    """

    id: str
    mode: str
    icon: str
    needs_dataset: bool
    make: Callable[[Choice], dict[str, Any]]


def document(starter_id: str, choice: Choice) -> dict[str, Any]:
    """A fresh draft. Raises WeftError for an unknown starter."""
    for starter in STARTERS:
        if starter.id == starter_id:
            return starter.make(choice)
    known = ", ".join(starter.id for starter in STARTERS)
    raise invalid("template", f"There is no template {starter_id!r}. There are: {known}.")


def default_model(workspace_id: UUID) -> dict[str, Any]:
    """The first chat model of the workspace's own providers, else the built-in extractive answerer."""
    for provider in Provider.objects.filter(workspace_id=workspace_id).order_by("created_at"):
        for model in provider.models:
            if model.get("kind") == "chat":
                return {"provider": provider.slug, "name": model["name"], "params": {}}
    return BUILTIN_MODEL


RAG_PROMPT = """\
Answer the question with the passages below, and only with them. After each statement put the number of its passage, \
like [1]. If the passages do not answer the question, say so.

{{#context#}}"""
RAG_PROMPT_ZH = """\
请只根据下面的资料回答问题。每个论断之后标注所依据资料的编号，例如 [1]。如果资料无法回答问题，请直接说明。

{{#context#}}"""
CHAT_PROMPT = "You are a helpful assistant. Answer briefly and to the point."
CHAT_PROMPT_ZH = "你是一个乐于助人的助手。请简明扼要地回答。"


def _rag_chat(choice: Choice) -> dict[str, Any]:
    zh = choice.is_chinese
    dataset_ids = [str(choice.dataset_id)] if choice.dataset_id else []
    retrieve = {"query": ["sys", "query"], "dataset_ids": dataset_ids}
    answer = {
        "model": default_model(choice.workspace_id),
        "prompt": [
            {"role": "system", "text": RAG_PROMPT_ZH if zh else RAG_PROMPT},
            {"role": "user", "text": "{{#sys.query#}}"},
        ],
        "context": ["retrieve", "result"],
        "memory": {"enabled": True, "window": 10},
    }
    nodes = [
        node("start", "start", "开始" if zh else "Start", {"variables": []}, at=(0, 0)),
        node("retrieve", "knowledge-retrieval", "查找资料" if zh else "Find passages", retrieve, at=(320, 0)),
        node("llm", "llm", "回答" if zh else "Answer from passages", answer, at=(640, 0)),
        node("answer", "answer", "回复" if zh else "Reply", {"answer": "{{#llm.text#}}"}, at=(960, 0)),
    ]
    greeting = "你好！问我任何关于这些资料的问题。" if zh else "Hello! Ask me anything about these documents."
    features = {"opening_statement": greeting, "suggested_questions": [], "citations": True}
    return graph("chat", nodes, edges("start", "retrieve", "llm", "answer"), features=features)


def _blank_chat(choice: Choice) -> dict[str, Any]:
    zh = choice.is_chinese
    prompt = CHAT_PROMPT_ZH if zh else CHAT_PROMPT
    llm = {
        "model": default_model(choice.workspace_id),
        "prompt": [{"role": "system", "text": prompt}, {"role": "user", "text": "{{#sys.query#}}"}],
        "memory": {"enabled": True, "window": 10},
    }
    nodes = [
        node("start", "start", "开始" if zh else "Start", {"variables": []}, at=(0, 0)),
        node("llm", "llm", "模型" if zh else "Model", llm, at=(320, 0)),
        node("answer", "answer", "回复" if zh else "Reply", {"answer": "{{#llm.text#}}"}, at=(640, 0)),
    ]
    return graph("chat", nodes, edges("start", "llm", "answer"))


def _blank_workflow(choice: Choice) -> dict[str, Any]:
    zh = choice.is_chinese
    text = {"name": "text", "label": "文本" if zh else "Text", "type": "paragraph", "required": True}
    outputs = {"outputs": [{"name": "result", "selector": ["start", "text"]}]}
    nodes = [
        node("start", "start", "开始" if zh else "Start", {"variables": [text]}, at=(0, 0)),
        node("end", "end", "结束" if zh else "End", outputs, at=(320, 0)),
    ]
    return graph("workflow", nodes, edges("start", "end"))


def _document_processing(choice: Choice) -> dict[str, Any]:
    return briefing.document(default_model(choice.workspace_id), is_chinese=choice.is_chinese)


STARTERS = (
    Starter("rag-chat", "chat", "book-open", True, _rag_chat),
    Starter("document-processing", "workflow", "file-text", False, _document_processing),
    Starter("blank-chat", "chat", "message-circle", False, _blank_chat),
    Starter("blank-workflow", "workflow", "workflow", False, _blank_workflow),
)
