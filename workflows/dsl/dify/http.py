"""Dify's http-request data: headers and params as lines of text, bodies in two generations of shapes."""

from __future__ import annotations

from typing import Any, get_args

from workflows.dsl.dify.loose import mapping, mappings, text, whole
from workflows.dsl.dify.names import Names
from workflows.dsl.dify.unsupported import Unsupported
from workflows.nodes.http_request import Method

Config = dict[str, Any]
_FORMS = ("form-data", "x-www-form-urlencoded")


def convert(data: Config, names: Names) -> Config:
    """The config of an http-request node."""
    method = text(data.get("method"), "GET").upper()
    if method not in get_args(Method):
        raise Unsupported(f"the HTTP method {method!r}")
    return {
        "method": method,
        "url": names.template(data.get("url")),
        "headers": _lines(names.template(data.get("headers"))),
        "params": _lines(names.template(data.get("params"))),
        "auth": _auth(mapping(data.get("authorization")), names),
        "body": _body(data.get("body"), names),
        "timeout_s": _timeout(mapping(data.get("timeout"))),
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


def _auth(auth: Config, names: Names) -> Config:
    config = mapping(auth.get("config"))
    if auth.get("type") != "api-key" or not config:
        return {"type": "none"}
    kind = text(config.get("type"))
    return {
        "type": kind if kind in ("basic", "bearer", "custom") else "bearer",
        "header": text(config.get("header")) or "Authorization",
        "value": names.template(config.get("api_key")),
    }


def _body(body: Any, names: Names) -> Config:
    body = mapping(body)
    kind, data = text(body.get("type"), "none"), body.get("data")
    if kind == "binary":
        raise Unsupported("sending a file as the body of a request")
    if kind in _FORMS:
        return {"type": kind, "fields": _fields(data, names)}
    if kind not in ("json", "raw-text"):
        return {"type": "none"}
    if isinstance(data, list):
        data = next((row.get("value") for row in mappings(data)), "")
    return {"type": kind, "text": names.template(data)}


def _fields(data: Any, names: Names) -> list[Config]:
    if isinstance(data, str):
        return _lines(names.template(data))
    rows = mappings(data)
    if any(row.get("type") == "file" for row in rows):
        raise Unsupported("sending files in a form")
    return [{"key": names.template(row.get("key")), "value": names.template(row.get("value"))} for row in rows]


def _timeout(timeout: Config) -> int:
    limits = [whole(timeout.get(key), 0) for key in ("connect", "read", "write")]
    return min(600, max([limit for limit in limits if limit > 0] or [60]))
