"""Dify's http-request data: headers and params as lines of text, bodies in two generations of shapes."""

from __future__ import annotations

from typing import Any, get_args

from workflows.dsl.dify.kinds.base import Config, Source, Unsupported
from workflows.dsl.dify.loose import items, mapping, mappings, text, texts, within
from workflows.nodes.http_request import Method

_FORMS = ("form-data", "x-www-form-urlencoded")


def read(source: Source) -> Config:
    """The config of an http-request node."""
    data = source.data
    method = text(data.get("method"), "GET").upper() or "GET"
    if method not in get_args(Method):
        raise Unsupported(f"the HTTP method {method[:40]!r}")
    return {
        "method": method,
        "url": text(data.get("url")),
        "headers": _lines(text(data.get("headers"))),
        "params": _lines(text(data.get("params"))),
        "auth": _auth(mapping(data.get("authorization"))),
        "body": _body(data.get("body")),
        **_timeouts(mapping(data.get("timeout"))),
        "verify_ssl": data.get("ssl_verify") is not False,
    }


def write(config: Config) -> Config:
    """The data of an http-request node."""
    return {
        "method": text(config.get("method"), "GET").lower(),
        "url": config.get("url", ""),
        "headers": _text(config.get("headers")),
        "params": _text(config.get("params")),
        "authorization": _auth_data(mapping(config.get("auth"))),
        "body": _body_data(mapping(config.get("body"))),
        "timeout": _timeout_data(config),
        "ssl_verify": config.get("verify_ssl", True),
        "variables": [],
    }


def _lines(source: str) -> list[Config]:
    rows = []
    for line in source.splitlines():
        key, _, value = line.partition(":")
        if line.strip().startswith("{{#") and "#}}" in key + value and not key.strip().endswith("#}}"):
            # The colon belongs to nothing but a template that stands for a whole line.
            key, value = line, ""
        if key.strip():
            rows.append({"key": key.strip(), "value": value.strip()})
    return rows


def _text(rows: Any) -> str:
    pairs = [(text(row.get("key")), text(row.get("value"))) for row in mappings(rows)]
    return "\n".join(f"{key}:{value}" if value else key for key, value in pairs)


def _auth(auth: Config) -> Config:
    config = mapping(auth.get("config"))
    if auth.get("type") != "api-key" or not config:
        return {"type": "none"}
    kind = text(config.get("type"))
    return {
        "type": kind if kind in ("basic", "bearer", "custom") else "bearer",
        "header": text(config.get("header")) or "Authorization",
        "value": text(config.get("api_key")),
    }


def _auth_data(auth: Config) -> Config:
    if auth.get("type", "none") == "none":
        return {"type": "no-auth", "config": None}
    header = auth.get("header", "Authorization")
    return {"type": "api-key", "config": {"type": auth["type"], "header": header, "api_key": auth.get("value", "")}}


def _body(body: Any) -> Config:
    body = mapping(body)
    kind, data = text(body.get("type"), "none"), body.get("data")
    if kind in _FORMS:
        return {
            "type": kind,
            "fields": _lines(data) if isinstance(data, str) else [_field(row) for row in mappings(data)],
        }
    first = data if isinstance(data, str) else next(iter(mappings(data)), {})
    if kind == "binary":
        return {"type": kind, "file": texts(mapping(first).get("file")) or None}
    if kind not in ("json", "raw-text"):
        return {"type": "none"}
    return {"type": kind, "text": text(first if isinstance(first, str) else first.get("value"))}


def _field(row: Config) -> Config:
    if row.get("type") == "file":
        return {"key": text(row.get("key")), "type": "file", "selector": texts(row.get("file"))}
    return {"key": text(row.get("key")), "value": text(row.get("value"))}


def _body_data(body: Config) -> Config:
    kind = text(body.get("type"), "none")
    if kind in _FORMS:
        return {"type": kind, "data": [_field_data(row) for row in mappings(body.get("fields"))]}
    if kind == "binary":
        return {"type": kind, "data": [{"key": "", "type": "file", "file": items(body.get("file"))}]}
    if kind == "none":
        return {"type": kind, "data": []}
    return {"type": kind, "data": [{"key": "", "type": "text", "value": body.get("text", "")}]}


def _field_data(row: Config) -> Config:
    if row.get("type") == "file":
        return {"key": row.get("key", ""), "type": "file", "file": items(row.get("selector"))}
    return {"key": row.get("key", ""), "type": "text", "value": row.get("value", "")}


_PHASES = ("connect", "read", "write")
_LONGEST = 600


def _timeouts(timeout: Config) -> Config:
    """Dify limits the phases of a request and not the whole of it: that gets the time all phases may take."""
    given = {phase: within(timeout.get(phase), 0, 0, _LONGEST) for phase in _PHASES}
    phases = {f"{phase}_s": limit for phase, limit in given.items() if limit}
    total = sum(phases.values()) if len(phases) == len(_PHASES) else _LONGEST
    return {"timeout_s": total, **({"timeouts": phases} if phases else {})}


def _timeout_data(config: Config) -> Config:
    phases = mapping(config.get("timeouts"))
    given = {phase: phases[f"{phase}_s"] for phase in _PHASES if phases.get(f"{phase}_s")}
    total = config.get("timeout_s", 60)
    if given or total == _LONGEST:
        return given
    return dict.fromkeys(_PHASES, total)
