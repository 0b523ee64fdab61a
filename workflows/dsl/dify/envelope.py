"""What surrounds the graph of a Dify file: app, variables, features. Both ways.

Knows nothing of nodes.
"""

from __future__ import annotations

import re
from typing import Any

from workflows.dsl.dify.loose import items, mapping, mappings, number, text, texts
from workflows.errors import Fault
from workflows.nodes.fields import IDENTIFIER

Row = dict[str, Any]
MODES = {"workflow": "workflow", "advanced-chat": "chat"}
_MODE_NAMES = {"workflow": "workflow", "chat": "advanced-chat"}
_VERSION = (0, 3, 1)
_SINCE = {
    "trigger-webhook": (0, 5, 0),
    "trigger-schedule": (0, 5, 0),
    "trigger-plugin": (0, 5, 0),
    "human-input": (0, 6, 0),
}
SETTLED = frozenset((("version",), ("kind",), ("app", "mode")))

_UNSERVED = {
    "speech_to_text": "Speech is not turned into text.",
    "text_to_speech": "Answers are not read out.",
    "sensitive_word_avoidance": "Words are not moderated.",
    "suggested_questions_after_answer": "No questions are suggested after an answer.",
    "annotation_reply": "Annotated replies are not used.",
    "more_like_this": "There is no “more like this”.",
}


def read_app(app: Row, mode: str) -> Row:
    """What the app is called and how it is used."""
    return {
        "name": text(app.get("name")),
        "mode": mode,
        "description": text(app.get("description")),
        "icon": text(app.get("icon")),
    }


def read_variables(workflow: Row, faults: list[Fault]) -> Row:
    """Environment and conversation variables."""
    kinds = ("environment", "conversation")
    return {kind: _variables(workflow.get(f"{kind}_variables"), kind, faults) for kind in kinds}


def _variables(rows: Any, kind: str, faults: list[Fault]) -> list[Row]:
    variables: dict[str, Row] = {}
    for row in mappings(rows):
        name = text(row.get("name"))
        where = f"variables.{name}"
        if not re.fullmatch(IDENTIFIER, name) or name in variables:
            why = "two have this name" if name in variables else "its name cannot be used"
            message = f"The {kind} variable {name[:80]!r} was left out: {why}."
            faults.append(Fault("variable_dropped", message, None, where, "warning"))
            continue
        if row.get("value_type") == "secret" and not row.get("value"):
            message = f"The {kind} variable {name!r} is a secret and has no value in the file: set it."
            faults.append(Fault("secret_missing", message, None, where, "warning"))
        value = row.get("value")
        variables[name] = {
            "name": name,
            "type": text(row.get("value_type"), "string"),
            "value": number(value) if row.get("value_type") == "number" else value,
            "description": text(row.get("description")),
        }
    return list(variables.values())


def read_features(features: Row, faults: list[Fault]) -> Row:
    """The features served here; the others that are switched on are warned of."""
    for name, message in _UNSERVED.items():
        if mapping(features.get(name)).get("enabled") is True:
            faults.append(Fault("feature_ignored", message, None, f"features.{name}", "warning"))
    result: Row = {
        "opening_statement": text(features.get("opening_statement")),
        "suggested_questions": texts(features.get("suggested_questions")),
        "citations": mapping(features.get("retriever_resource")).get("enabled") is True,
    }
    upload = mapping(features.get("file_upload"))
    if upload.get("enabled") or mapping(upload.get("image")).get("enabled"):
        result["file_upload"] = {key: value for key, value in upload.items() if key != "fileUploadConfig"}
    return result


def read_viewport(value: Any) -> Row | None:
    """Where the canvas was looked at; None where that is not told."""
    view = {key: mapping(value).get(key) for key in ("x", "y", "zoom")}
    plain = all(isinstance(part, (int, float)) and not isinstance(part, bool) for part in view.values())
    return view if plain else None


def write(document: Row) -> Row:
    """The file around the graph, whose nodes and edges are added to it."""
    graph: Row = {"nodes": [], "edges": []}
    if document.get("viewport"):
        graph["viewport"] = document["viewport"]
    return {
        "app": {**document["app"], "mode": _MODE_NAMES[document["app"]["mode"]]},
        "dependencies": [],
        "kind": "app",
        "version": version(document),
        "workflow": {
            "conversation_variables": _variables_data(document, "conversation"),
            "environment_variables": _variables_data(document, "environment"),
            "features": _features_data(document["features"]),
            "graph": graph,
        },
    }


def version(document: Row) -> str:
    """The oldest version of the format that has all of the document's nodes, or the newer one its file was of."""
    kinds = (text(node["config"].get("original")) or node["kind"] for node in document["nodes"])
    needed = max([_VERSION, *(_SINCE[kind] for kind in kinds if kind in _SINCE)])
    return ".".join(str(part) for part in max(needed, parse_version(mapping(extras(document)).get("version"))))


def newer_version(raw: Any, document: Row) -> str | None:
    """The file's version, where it is newer than an export would say on its own."""
    found = parse_version(raw)
    written = ".".join(str(part) for part in found)
    return written if written != version(document) and found > parse_version(version(document)) else None


def parse_version(value: Any) -> tuple[int, int, int]:
    """A version; 0.1.0 where there is none to read."""
    match = re.match(r"(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?", text(value))
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else (0, 1, 0)


def extras(document: Row) -> Row:
    """What was kept of the Dify file that a document was read from."""
    return mapping(mapping(document.get("extras")).get("dify"))


def _variables_data(document: Row, kind: str) -> list[Row]:
    head = {"environment": "env"}.get(kind, kind)
    return [
        {
            "name": row["name"],
            "value_type": row["type"],
            "value": row["value"],
            "description": row["description"],
            "selector": [head, row["name"]],
        }
        for row in document["variables"][kind]
    ]


def _features_data(features: Row) -> Row:
    data: Row = {
        "opening_statement": text(features.get("opening_statement")),
        "suggested_questions": items(features.get("suggested_questions")),
        "retriever_resource": {"enabled": features.get("citations") is True},
    }
    if features.get("file_upload"):
        data["file_upload"] = features["file_upload"]
    return data
