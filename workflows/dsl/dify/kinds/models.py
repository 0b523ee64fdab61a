"""Dify's nodes that ask a model: llm, question-classifier, parameter-extractor, agent."""

from __future__ import annotations

from typing import Any

from workflows.dsl.dify import tools
from workflows.dsl.dify.kinds.base import (
    Config,
    Kind,
    Source,
    Unsupported,
    handle,
    model_data,
    read_model,
    read_vision,
    rows_data,
    selector_or_none,
    vision_data,
)
from workflows.dsl.dify.loose import decoded, mapping, mappings, one_of, text, texts, whole, within

_QUERY = "{{#sys.query#}}"


def _read_memory(value: Any, query: str | None = None) -> Config | None:
    """The memory; present means on. `query` is the question that is asked where the file names none."""
    if not isinstance(value, dict):
        return None
    window, roles = mapping(value.get("window")), mapping(value.get("role_prefix"))
    # Dify counts rounds, a question and its answer; Weft counts messages.
    rounds = within(window.get("size"), 0, 0, 500) if window.get("enabled") is True else 0
    memory: Config = {"enabled": True, "window": 2 * rounds}
    asked = text(value.get("query_prompt_template")) or query
    if asked:
        memory["query"] = asked
    if text(roles.get("user")) or text(roles.get("assistant")):
        memory["roles"] = {"user": text(roles.get("user")), "assistant": text(roles.get("assistant"))}
    return memory


def _memory_data(value: Any) -> Config:
    memory = mapping(value)
    if not memory or memory.get("enabled") is False:
        return {}
    rounds = (whole(memory.get("window"), 0) + 1) // 2
    data: Config = {"window": {"enabled": rounds > 0, "size": rounds or 50}}
    if memory.get("query"):
        data["query_prompt_template"] = memory["query"]
    if memory.get("roles"):
        data["role_prefix"] = memory["roles"]
    return {"memory": data}


def _read_llm(source: Source) -> Config:
    data = source.data
    context = mapping(data.get("context"))
    enabled = context.get("enabled") is True
    return {
        "model": read_model(data.get("model")),
        "mode": "completion" if _is_completion(data) else "chat",
        "prompt": _read_prompt(data.get("prompt_template")),
        "context": selector_or_none(context.get("variable_selector")) if enabled else None,
        "memory": _read_memory(data.get("memory"), None if _is_completion(data) else _QUERY),
        "vision": read_vision(data.get("vision")),
        "jinja2_inputs": source.rows(mapping(data.get("prompt_config")).get("jinja2_variables"), "jinja2_inputs"),
        "structured_output": _read_schema(source),
        "reasoning_format": "separated" if data.get("reasoning_format") == "separated" else "tagged",
    }


def _is_completion(data: Config) -> bool:
    template = data.get("prompt_template")
    return mapping(data.get("model")).get("mode") == "completion" and isinstance(template, dict)


def _read_prompt(template: Any) -> list[Config]:
    messages = [{**template, "role": "user"}] if isinstance(template, dict) else mappings(template)
    prompt = []
    for message in messages:
        jinja = message.get("edition_type") == "jinja2" and bool(text(message.get("jinja2_text")))
        prompt.append(
            {
                "role": one_of(message.get("role"), ("system", "user", "assistant"), "user"),
                "text": text(message.get("jinja2_text") if jinja else message.get("text")),
                "syntax": "jinja2" if jinja else "basic",
            }
        )
    return prompt


def _read_schema(source: Source) -> Config | None:
    data = source.data
    if data.get("structured_output_enabled") is not True and data.get("structured_output_switch_on") is not True:
        return None
    given = mapping(data.get("structured_output")).get("schema")
    return mapping(decoded(given)) or None


def _write_llm(config: Config) -> Config:
    completion = config.get("mode") == "completion"
    context, schema = config.get("context"), config.get("structured_output")
    messages = [_message_data(message) for message in mappings(config.get("prompt"))]
    data: Config = {
        "model": model_data(config.get("model"), "completion" if completion else "chat"),
        "prompt_template": messages[0] if completion and len(messages) == 1 else messages,
        "context": {"enabled": bool(context), "variable_selector": context or []},
        "vision": vision_data(config.get("vision")),
        "reasoning_format": config.get("reasoning_format", "separated"),
        "variables": [],
        **_memory_data(config.get("memory")),
    }
    if config.get("jinja2_inputs"):
        data["prompt_config"] = {"jinja2_variables": rows_data(config["jinja2_inputs"])}
    if schema:
        data |= {"structured_output_enabled": True, "structured_output": {"schema": schema}}
    return data


def _message_data(message: Config) -> Config:
    role, body = message.get("role", "user"), message.get("text", "")
    if message.get("syntax") == "jinja2":
        return {"role": role, "text": body, "edition_type": "jinja2", "jinja2_text": body}
    return {"role": role, "text": body}


def _read_classifier(source: Source) -> Config:
    data = source.data
    classes = [
        {"id": handle(row.get("id"), str(i + 1)), "name": text(row.get("name")), "label": text(row.get("label"))}
        for i, row in enumerate(mappings(data.get("classes")))
    ]
    return {
        "query": texts(data.get("query_variable_selector")),
        "model": read_model(data.get("model")),
        "classes": classes,
        "instruction": text(data.get("instruction")),
        "memory": _read_memory(data.get("memory")),
        "vision": read_vision(data.get("vision")),
    }


def _write_classifier(config: Config) -> Config:
    return {
        "query_variable_selector": config.get("query", []),
        "model": model_data(config.get("model")),
        "classes": [
            {"id": row.get("id"), "name": row.get("name", ""), **({"label": row["label"]} if row.get("label") else {})}
            for row in mappings(config.get("classes"))
        ],
        "instruction": config.get("instruction", ""),
        "topics": [],
        "vision": vision_data(config.get("vision")),
        **_memory_data(config.get("memory")),
    }


_PARAMETER_TYPES = (
    "string", "number", "boolean", "select", "array[string]", "array[number]", "array[object]", "array[boolean]",
)  # fmt: skip


def _read_extractor(source: Source) -> Config:
    data = source.data
    return {
        "query": texts(data.get("query")),
        "model": read_model(data.get("model")),
        "parameters": [
            _read_parameter(row)
            for row in mappings(data.get("parameters"))
            if source.usable(text(row.get("name")), "parameters")
        ],
        "instruction": text(data.get("instruction")),
        "mode": "prompt" if data.get("reasoning_mode") == "prompt" else "tools",
        "memory": _read_memory(data.get("memory")),
        "vision": read_vision(data.get("vision")),
    }


def _read_parameter(row: Config) -> Config:
    kind = text(row.get("type")).lower()
    return {
        "name": row["name"],
        "type": "boolean" if kind == "bool" else one_of(kind, _PARAMETER_TYPES, "string"),
        "options": texts(row.get("options")),
        "description": text(row.get("description")),
        "required": row.get("required") is True,
    }


def _write_extractor(config: Config) -> Config:
    return {
        "query": config.get("query", []),
        "model": model_data(config.get("model")),
        "parameters": [
            {
                "name": row.get("name"),
                "type": row.get("type", "string"),
                "description": row.get("description", ""),
                "required": row.get("required", False),
                **({"options": row["options"]} if row.get("options") else {}),
            }
            for row in mappings(config.get("parameters"))
        ],
        "instruction": config.get("instruction", ""),
        "reasoning_mode": "prompt" if config.get("mode") == "prompt" else "function_call",
        "vision": vision_data(config.get("vision")),
        "variables": [],
        **_memory_data(config.get("memory")),
    }


_STRATEGIES = {"function_calling": "function-calling", "function_call": "function-calling", "react": "react"}
_STRATEGY_NAMES = {"function-calling": "function_calling", "react": "ReAct"}
_TEMPLATES = ("instruction", "query")


def _read_agent(source: Source) -> Config:
    data = source.data
    if data.get("agent_binding") or (data.get("agent_node_kind") and "agent_parameters" not in data):
        raise Unsupported("the agent of an agent package")
    strategy = _STRATEGIES.get(text(data.get("agent_strategy_name")).lower())
    if strategy is None:
        provider, name = text(data.get("agent_strategy_provider_name")), text(data.get("agent_strategy_name"))
        raise Unsupported(f"the agent strategy {provider}/{name}")
    given = {name: mapping(entry).get("value") for name, entry in mapping(data.get("agent_parameters")).items()}
    types = {name: mapping(entry).get("type") for name, entry in mapping(data.get("agent_parameters")).items()}
    texts_given = {name: _as_template(given.get(name), types.get(name)) for name in _TEMPLATES}
    return {
        "model": read_model(given.get("model")),
        "strategy": strategy,
        **texts_given,
        "tools": [tools.read_offered(row) for row in mappings(given.get("tools"))],
        "max_steps": within(given.get("maximum_iterations", given.get("max_iterations")), 10, 1, 100),
        "memory": _read_memory(data.get("memory")),
        "context": selector_or_none(given.get("context")) if types.get("context") == "variable" else None,
    }


def _as_template(value: Any, kind: Any) -> str:
    if kind == "variable" and texts(value):
        return "{{#" + ".".join(texts(value)) + "#}}"
    return text(value)


def _write_agent(config: Config) -> Config:
    model = mapping(config.get("model"))
    value = {
        "provider": model.get("provider", ""),
        "model": model.get("name", ""),
        "model_type": "llm",
        "mode": "chat",
        "type": "model-selector",
        "completion_params": model.get("params", {}),
    }
    parameters: Config = {
        "model": {"type": "constant", "value": value},
        "instruction": {"type": "constant", "value": config.get("instruction", "")},
        "query": {"type": "constant", "value": config.get("query", "")},
        "tools": {"type": "constant", "value": [tools.offered_data(row) for row in mappings(config.get("tools"))]},
        "maximum_iterations": {"type": "constant", "value": config.get("max_steps", 10)},
    }
    if config.get("context"):
        parameters["context"] = {"type": "variable", "value": config["context"]}
    name = _STRATEGY_NAMES.get(text(config.get("strategy")), "function_calling")
    return {
        "agent_strategy_provider_name": "langgenius/agent/agent",
        "agent_strategy_name": name,
        "agent_strategy_label": name,
        "agent_parameters": parameters,
        **_memory_data(config.get("memory")),
    }


KINDS = (
    Kind("llm", "llm", _read_llm, _write_llm),
    Kind("question-classifier", "question-classifier", _read_classifier, _write_classifier),
    Kind("parameter-extractor", "parameter-extractor", _read_extractor, _write_extractor),
    Kind("agent", "agent", _read_agent, _write_agent),
)
