"""Dify's apps without a graph (chat, agent-chat, completion): rewritten as the graph that does the same.

Knows `model_config`; gives a file as if the app had been drawn, which is then read like any other. The original
settings stay in the file.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from workflows.dsl.dify.envelope import MODES
from workflows.dsl.dify.kinds.io import INPUT_TYPES
from workflows.dsl.dify.loose import items, mapping, mappings, text, texts, whole
from workflows.errors import Fault

Row = dict[str, Any]
_PLAIN = re.compile(r"\{\{\s*([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]{0,63})\s*\}\}")
_SPECIAL = {"{{#query#}}": "{{#sys.query#}}", "{{#histories#}}": "", "{{#pre_prompt#}}": ""}
_FEATURES = (
    "opening_statement", "suggested_questions", "suggested_questions_after_answer", "speech_to_text", "text_to_speech",
    "retriever_resource", "more_like_this", "sensitive_word_avoidance", "annotation_reply", "file_upload",
)  # fmt: skip


def with_graph(value: Row, faults: list[Fault]) -> Row:
    """The file with a graph; the same file where it has one or is none of these apps."""
    app, mode = mapping(value.get("app")), text(mapping(value.get("app")).get("mode"))
    if not app or mode in MODES or mapping(mapping(value.get("workflow")).get("graph")).get("nodes"):
        return value
    config = mapping(value.get("model_config"))
    message = f"An app of the mode {mode[:40]!r} became a graph that does the same."
    faults.append(Fault("app_mode_converted", message, None, "app.mode", "warning"))
    chat = mode != "completion"
    nodes = _nodes(mode, config, value) if config else _unknown(mode, value)
    edges = [
        {"id": f"{left['id']}-{right['id']}", "source": left["id"], "target": right["id"]}
        for left, right in pairwise(nodes)
    ]
    workflow = {
        "graph": {"nodes": nodes, "edges": edges},
        "features": {name: config[name] for name in _FEATURES if config.get(name) is not None},
        "environment_variables": [],
        "conversation_variables": [],
    }
    return {**value, "app": {**app, "mode": "advanced-chat" if chat else "workflow"}, "workflow": workflow}


def _node(node_id: str, place: int, kind: str, title: str, **data: Any) -> Row:
    return {
        "id": node_id,
        "position": {"x": 80 + 304 * place, "y": 282},
        "data": {"type": kind, "title": title, **data},
    }


def _unknown(mode: str, value: Row) -> list[Row]:
    kept = {key: part for key, part in value.items() if key not in ("app", "kind", "version", "dependencies")}
    return [
        _node("start", 0, "start", "Start", variables=[]),
        _node("app", 1, f"{mode or 'unknown'} app", mode, **kept),
        _node("answer", 2, "answer", "Answer", answer="{{#app.text#}}"),
    ]


def _nodes(mode: str, config: Row, value: Row) -> list[Row]:
    inputs = _inputs(config)
    names = [row["variable"] for row in inputs]
    datasets = _datasets(config)
    chat = mode != "completion"
    asks = next(iter(texts([config.get("dataset_query_variable")])), "")
    nodes = [_node("start", 0, "start", "Start", variables=inputs)]
    if datasets:
        query = ["sys", "query"] if chat else ["start", asks] if asks in names else ["start", *names[:1]]
        nodes.append(_retrieval(len(nodes), config, datasets, query))
    agent = mapping(config.get("agent_mode"))
    maker = _agent if mode == "agent-chat" or (agent.get("enabled") is True and items(agent.get("tools"))) else _llm
    nodes.append(maker(len(nodes), config, names, bool(datasets), chat))
    if chat:
        nodes.append(_node("answer", len(nodes), "answer", "Answer", answer="{{#llm.text#}}"))
    else:
        rows = [{"variable": "text", "value_selector": ["llm", "text"]}]
        nodes.append(_node("end", len(nodes), "end", "End", outputs=rows))
    return nodes


def _inputs(config: Row) -> list[Row]:
    inputs = []
    for item in mappings(config.get("user_input_form")):
        for kind, row in item.items():
            if isinstance(row, dict) and text(row.get("variable")):
                found = text(kind) if kind in INPUT_TYPES else "text-input"
                inputs.append({**row, "variable": text(row["variable"]), "type": found})
    return inputs


def _datasets(config: Row) -> list[str]:
    rows = mappings(mapping(mapping(config.get("dataset_configs")).get("datasets")).get("datasets"))
    chosen = [mapping(row.get("dataset")) for row in rows]
    old = [mapping(row.get("dataset")) for row in mappings(mapping(config.get("agent_mode")).get("tools"))]
    return [text(row["id"]) for row in chosen + old if text(row.get("id")) and row.get("enabled") is not False]


def _retrieval(place: int, config: Row, datasets: list[str], query: list[str]) -> Row:
    settings = mapping(config.get("dataset_configs"))
    threshold = settings.get("score_threshold") if settings.get("score_threshold_enabled") is not False else None
    multiple = {"top_k": whole(settings.get("top_k"), 4), "score_threshold": threshold}
    return _node("knowledge", place, "knowledge-retrieval", "Knowledge", query_variable_selector=query,
                 dataset_ids=datasets, retrieval_mode="multiple", multiple_retrieval_config=multiple)  # fmt: skip


def _prompt(config: Row, names: list[str], knowledge: bool, chat: bool) -> list[Row]:
    """The prompt's messages with references in place of plain names."""
    if config.get("prompt_type") == "advanced":
        written = mappings(mapping(config.get("chat_prompt_config")).get("prompt"))
        completion = text(mapping(mapping(config.get("completion_prompt_config")).get("prompt")).get("text"))
        messages = written or [{"role": "user", "text": completion}]
        return [
            {"role": text(row.get("role"), "user"), "text": _refer(text(row.get("text")), names)} for row in messages
        ]
    prompt = _refer(text(config.get("pre_prompt")), names)
    if knowledge and "{{#context#}}" not in prompt:
        prompt = f"Use the following context to answer:\n\n{{{{#context#}}}}\n\n{prompt}".rstrip()
    role = "system" if chat else "user"
    return [{"role": role, "text": prompt}] if prompt else []


def _refer(prompt: str, names: list[str]) -> str:
    for special, meant in _SPECIAL.items():
        prompt = prompt.replace(special, meant)

    def reference(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in names:
            return "{{#start." + name + "#}}"
        return "{{#sys.query#}}" if name == "query" else match.group(0)

    return _PLAIN.sub(reference, prompt)


def _llm(place: int, config: Row, names: list[str], knowledge: bool, chat: bool) -> Row:
    messages = _prompt(config, names, knowledge, chat)
    data: Row = {
        "model": {**mapping(config.get("model")), "mode": "chat"},
        "prompt_template": messages,
        "context": {"enabled": knowledge, "variable_selector": ["knowledge", "result"] if knowledge else []},
        "vision": _vision(config),
    }
    if chat:
        asked = any("{{#sys.query#}}" in row["text"] for row in messages)
        data["memory"] = {"window": {"enabled": False, "size": 50}, "query_prompt_template": "{{#sys.query#}}"}
        if asked and len(messages) > 1:
            data["memory"]["query_prompt_template"] = messages.pop()["text"]
    return _node("llm", place, "llm", "LLM", **data)


def _vision(config: Row) -> Row:
    upload = mapping(config.get("file_upload"))
    image = mapping(upload.get("image"))
    enabled = image.get("enabled") is True or (
        upload.get("enabled") is True and "image" in texts(upload.get("allowed_file_types"))
    )
    return (
        {"enabled": enabled, "configs": {"detail": text(image.get("detail"), "high")}}
        if enabled
        else {"enabled": False}
    )


def _agent(place: int, config: Row, names: list[str], knowledge: bool, chat: bool) -> Row:
    mode, model = mapping(config.get("agent_mode")), mapping(config.get("model"))
    strategy = "ReAct" if text(mode.get("strategy")) in ("react", "cot") else "function_calling"
    instruction = _refer(text(config.get("pre_prompt")), names)
    parameters: Row = {
        "model": {"type": "constant", "value": {**model, "model": model.get("name")}},
        "instruction": {"type": "constant", "value": instruction},
        "query": {
            "type": "constant",
            "value": "{{#sys.query#}}" if chat else f"{{{{#start.{names[0]}#}}}}" if names else "",
        },
        "maximum_iterations": {"type": "constant", "value": whole(mode.get("max_iteration"), 5)},
        "tools": {
            "type": "constant",
            "value": [_tool(row) for row in mappings(mode.get("tools")) if row.get("tool_name")],
        },
    }
    if knowledge:
        parameters["context"] = {"type": "variable", "value": ["knowledge", "result"]}
    memory = {"memory": {"window": {"enabled": False, "size": 50}}} if chat else {}
    return _node("llm", place, "agent", "Agent", agent_strategy_provider_name="langgenius/agent/agent",
                 agent_strategy_name=strategy, agent_parameters=parameters, **memory)  # fmt: skip


def _tool(row: Row) -> Row:
    given = mapping(row.get("tool_parameters"))
    # What a person filled in stays fixed; the model fills in the rest.
    fixed = {name: {"auto": 0, "value": value} for name, value in given.items() if value not in (None, "")}
    return {
        "enabled": row.get("enabled") is not False,
        "type": text(row.get("provider_type"), "builtin"),
        "provider_name": text(row.get("provider_id")) or text(row.get("provider_name")),
        "tool_name": text(row.get("tool_name")),
        "tool_label": text(row.get("tool_label")),
        "parameters": fixed,
        "settings": {},
    }
