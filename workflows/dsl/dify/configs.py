"""Dify node data to Weft configs, one function a node type.

Each takes the node's data and gives the config; `Unsupported` says what keeps the node from running, and the node
becomes a placeholder that keeps its data.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from workflows.dsl.dify import http
from workflows.dsl.dify.loose import mapping, mappings, text, texts, whole
from workflows.dsl.dify.names import Names
from workflows.dsl.dify.unsupported import Unsupported, missing_part
from workflows.errors import Fault
from workflows.expressions import Operator
from workflows.nodes.code import OutputType
from workflows.nodes.fields import IDENTIFIER

Config = dict[str, Any]

_INPUT_TYPES = {
    "text-input": "text",
    "paragraph": "paragraph",
    "select": "select",
    "number": "number",
    "checkbox": "checkbox",
    "file": "file",
    "file-list": "file-list",
    "json_object": "json",
}
_OPERATORS = {
    "is null": "null",
    "is not null": "not null",
    ">=": "≥",
    "<=": "≤",
    "!=": "≠",
    "==": "=",
    "starts with": "start with",
    "ends with": "end with",
}


@dataclass(slots=True)
class Source:
    """One node of a Dify file while it is read."""

    data: Config
    names: Names
    node_id: str
    faults: list[Fault]

    def warn(self, code: str, message: str, field: str | None = None) -> None:
        self.faults.append(Fault(code, message, self.node_id, field, "warning"))

    def rows(self, key: str) -> list[Config]:
        return self.names.rows(self.data.get(key), self.node_id, self.faults)


def convert(kind: str, data: Config, names: Names, node_id: str, faults: list[Fault]) -> tuple[str, Config]:
    """The Weft kind and config of a Dify node; a placeholder where this engine has no such node."""
    entry = _CONVERTERS.get(kind)
    try:
        if entry is None:
            raise Unsupported(missing_part(kind, data))
        weft_kind, converter = entry
        return weft_kind, converter(Source(data, names, node_id, faults))
    except Unsupported as reason:
        return "placeholder", {"original": kind, "missing": str(reason), "data": data}


def _start(source: Source) -> Config:
    variables = []
    for row in mappings(source.data.get("variables")):
        name = text(row.get("variable"))
        if not re.fullmatch(IDENTIFIER, name):
            source.warn("variable_dropped", f"The input {name!r} was left out: its name cannot be used.", "variables")
            continue
        length = whole(row.get("max_length"), 0)
        variables.append(
            {
                "name": name,
                "label": text(row.get("label")),
                "type": _INPUT_TYPES.get(text(row.get("type")), "text"),
                "required": row.get("required") is True,
                "default": row.get("default"),
                "max_length": length if length > 0 else None,
                "options": texts(row.get("options")),
                "description": text(row.get("description")) or text(row.get("hint")),
                "hide": row.get("hide") is True,
            }
        )
    return {"variables": variables}


def _end(source: Source) -> Config:
    return {"outputs": source.rows("outputs")}


def _answer(source: Source) -> Config:
    return {"answer": source.names.template(source.data.get("answer"))}


def _llm(source: Source) -> Config:
    data = source.data
    model = mapping(data.get("model"))
    context = mapping(data.get("context"))
    memory = data.get("memory")
    prompt = _prompt(source)
    if isinstance(memory, dict):
        query = source.names.template(memory.get("query_prompt_template")) or "{{#sys.query#}}"
        prompt.append({"role": "user", "text": query, "syntax": "basic"})
    if mapping(data.get("vision")).get("enabled") is True:
        source.warn("setting_ignored", "Images are not sent to the model yet.", "vision")
    selector = source.names.selector(context.get("variable_selector")) if context.get("enabled") is True else []
    return {
        "model": {
            "provider": text(model.get("provider")),
            "name": text(model.get("name")),
            "params": mapping(model.get("completion_params")),
        },
        "prompt": prompt,
        "context": selector or None,
        "memory": _memory(memory) if isinstance(memory, dict) else None,
        "jinja2_inputs": source.names.rows(
            mapping(data.get("prompt_config")).get("jinja2_variables"), source.node_id, source.faults
        ),
        "structured_output": _structured(data),
        "reasoning_format": "separated" if data.get("reasoning_format") == "separated" else "tagged",
    }


def _prompt(source: Source) -> list[Config]:
    template = source.data.get("prompt_template")
    messages = [{**template, "role": "user"}] if isinstance(template, dict) else mappings(template)
    prompt = []
    for message in messages:
        jinja = message.get("edition_type") == "jinja2" and bool(message.get("jinja2_text"))
        role = text(message.get("role"))
        prompt.append(
            {
                "role": role if role in ("system", "user", "assistant") else "user",
                "text": text(message["jinja2_text"]) if jinja else source.names.template(message.get("text")),
                "syntax": "jinja2" if jinja else "basic",
            }
        )
    return prompt


def _memory(memory: Config) -> Config:
    window = mapping(memory.get("window"))
    # Dify counts rounds, a question and its answer; Weft counts messages.
    rounds = whole(window.get("size"), 0) if window.get("enabled") is True else 0
    return {"enabled": True, "window": max(0, 2 * rounds)}


def _structured(data: Config) -> Config | None:
    enabled = data.get("structured_output_enabled") or data.get("structured_output_switch_on")
    schema = mapping(mapping(data.get("structured_output")).get("schema"))
    return schema if enabled is True and schema else None


def _knowledge(source: Source) -> Config:
    data = source.data
    multiple = mapping(data.get("multiple_retrieval_config"))
    threshold = multiple.get("score_threshold")
    if data.get("metadata_filtering_mode") not in (None, "", "disabled"):
        source.warn("setting_ignored", "Filtering by metadata is not applied yet.", "metadata_filtering_mode")
    return {
        "query": source.names.selector(data.get("query_variable_selector")),
        "dataset_ids": texts(data.get("dataset_ids")),
        "top_k": min(100, max(1, whole(multiple.get("top_k"), 4))),
        "score_threshold": float(threshold) if isinstance(threshold, (int, float)) and 0 <= threshold <= 1 else None,
    }


def _if_else(source: Source) -> Config:
    data = source.data
    cases = mappings(data.get("cases"))
    if not cases and data.get("conditions"):
        cases = [
            {"case_id": "true", "logical_operator": data.get("logical_operator"), "conditions": data["conditions"]}
        ]
    return {"cases": [_case(case, source) for case in cases]}


def _case(case: Config, source: Source) -> Config:
    case_id = case.get("case_id", case.get("id"))
    return {
        "id": text(case_id, "true"),
        "logical": "or" if case.get("logical_operator") == "or" else "and",
        "conditions": [_condition(condition, source) for condition in mappings(case.get("conditions"))],
    }


def _condition(condition: Config, source: Source) -> Config:
    value = condition.get("value")
    result: Config = {
        "selector": source.names.selector(condition.get("variable_selector")),
        "operator": _operator(condition),
        "value": source.names.template(value) if isinstance(value, str) else _plain(value),
    }
    group = condition.get("sub_variable_condition")
    if isinstance(group, dict) and group.get("conditions"):
        result["sub"] = {
            "logical": "or" if group.get("logical_operator") == "or" else "and",
            "conditions": [
                {"key": text(sub.get("key")), "operator": _operator(sub), "value": sub.get("value")}
                for sub in mappings(group["conditions"])
            ],
        }
    return result


def _plain(value: Any) -> Any:
    return texts(value) if isinstance(value, list) else value if isinstance(value, (bool, int, float)) else None


def _operator(condition: Config) -> str:
    operator = text(condition.get("comparison_operator"))
    operator = _OPERATORS.get(operator, operator)
    if operator not in get_args(Operator):
        raise Unsupported(f"the operator {operator!r}")
    return operator


def _code(source: Source) -> Config:
    data = source.data
    language = text(data.get("code_language"), "python3")
    if language != "python3":
        raise Unsupported(f"running {language} programs")
    outputs = {}
    for name, output in mapping(data.get("outputs")).items():
        kind = text(mapping(output).get("type"), "string").lower()
        if kind not in get_args(OutputType):
            raise Unsupported(f"the output type {kind!r}")
        outputs[name] = {"type": kind}
    return {
        "language": "python",
        "code": text(data.get("code")),
        "inputs": source.rows("variables"),
        "outputs": outputs,
    }


def _template(source: Source) -> Config:
    return {"template": text(source.data.get("template")), "inputs": source.rows("variables")}


def _aggregator(source: Source) -> Config:
    data = source.data
    settings = mapping(data.get("advanced_settings"))
    config: Config = {
        "selectors": source.names.selectors(data.get("variables")),
        "output_type": text(data.get("output_type"), "any"),
    }
    if settings.get("group_enabled") is True:
        config["groups"] = [
            {
                "name": text(group.get("group_name")),
                "selectors": source.names.selectors(group.get("variables")),
                "output_type": text(group.get("output_type"), "any"),
            }
            for group in mappings(settings.get("groups"))
        ]
    return config


def _http(source: Source) -> Config:
    return http.convert(source.data, source.names)


_CONVERTERS: dict[str, tuple[str, Callable[[Source], Config]]] = {
    "start": ("start", _start),
    "end": ("end", _end),
    "answer": ("answer", _answer),
    "llm": ("llm", _llm),
    "knowledge-retrieval": ("knowledge-retrieval", _knowledge),
    "if-else": ("if-else", _if_else),
    "code": ("code", _code),
    "template-transform": ("template-transform", _template),
    "variable-aggregator": ("variable-aggregator", _aggregator),
    "variable-assigner": ("variable-aggregator", _aggregator),
    "http-request": ("http-request", _http),
}
