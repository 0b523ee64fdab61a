"""Dify's nodes that wait for the world: human-input and the triggers."""

from __future__ import annotations

import re
from typing import Any, get_args

from workflows.dsl.dify.kinds.base import Config, Kind, Source, handle
from workflows.dsl.dify.loose import items, mapping, mappings, one_of, text, texts, whole, within
from workflows.errors import Fault
from workflows.schedule import check_schedule, visual_cron
from workflows.webhooks import ContentType, Method, ParameterType

_FIELD_TYPES = {"text_input": "text", "text-input": "text", "paragraph": "paragraph", "number": "number",
                "select": "select", "file": "file", "file-list": "file-list"}  # fmt: skip
_FIELD_NAMES = {"text": "text_input", "paragraph": "paragraph", "number": "number", "select": "select",
                "file": "file", "file-list": "file-list"}  # fmt: skip
_OLD_FIELD = re.compile(r"\{\{#\s*\$outputs\.")
_STYLES = ("primary", "default", "accent", "ghost")
_UNITS = ("minute", "hour", "day")


def _read_form(source: Source) -> Config:
    data = source.data
    timeout = within(data.get("timeout"), 36, 0, 10_000)
    unit = one_of(data.get("timeout_unit"), _UNITS, "hour")
    return {
        "form": _OLD_FIELD.sub("{{#$output.", text(data.get("form_content"))),
        "fields": [
            _read_field(row)
            for row in mappings(data.get("inputs"))
            if source.usable(text(row.get("output_variable_name")), "fields")
        ],
        "actions": [
            {
                "id": handle(row.get("id")),
                "title": text(row.get("title"))[:100],
                "style": one_of(row.get("button_style"), _STYLES, "default"),
            }
            for row in mappings(data.get("user_actions"))
        ],
        "timeout": {"amount": timeout, "unit": unit} if timeout > 0 else None,
        "delivery": [_read_delivery(row) for row in mappings(data.get("delivery_methods"))],
    }


def _read_field(row: Config) -> Config:
    default = mapping(row.get("default")) or mapping(row.get("placeholder"))
    options, limit = mapping(row.get("option_source")), whole(row.get("number_limits"), 0)
    return {
        "name": row["output_variable_name"],
        "type": _FIELD_TYPES.get(text(row.get("type")), "paragraph"),
        "label": text(row.get("label")),
        "required": row.get("required") is True,
        "default": default.get("value") or None,
        "default_from": texts(default.get("selector")) if default.get("type") == "variable" else None,
        "options": texts(options.get("value")) or texts(row.get("options")),
        "options_from": texts(options.get("selector")) if options.get("type") == "variable" else None,
        "max_files": limit if 1 <= limit <= 100 else None,
        "file_types": texts(row.get("allowed_file_types")),
    }


def _read_delivery(row: Config) -> Config:
    found: Config = {
        "type": "email" if row.get("type") == "email" else "webapp",
        "enabled": row.get("enabled") is not False,
    }
    if found["type"] == "webapp":
        return found
    config = mapping(row.get("config"))
    recipients = mapping(config.get("recipients"))
    people = mappings(recipients.get("items"))
    return {
        **found,
        "everyone": recipients.get("include_bound_group") is True or recipients.get("whole_workspace") is True,
        "members": [
            text(one.get("reference_id") or one.get("user_id")) for one in people if one.get("type") == "member"
        ],
        "recipients": [text(one.get("email")) for one in people if text(one.get("email"))],
        "subject": text(config.get("subject")),
        "body": text(config.get("body")),
    }


def _write_form(config: Config) -> Config:
    timeout = mapping(config.get("timeout"))
    return {
        "form_content": config.get("form", ""),
        "inputs": [_field_data(row) for row in mappings(config.get("fields"))],
        "user_actions": [
            {"id": row.get("id"), "title": row.get("title", ""), "button_style": row.get("style", "default")}
            for row in mappings(config.get("actions"))
        ],
        "timeout": timeout.get("amount", 36) if timeout else 0,
        "timeout_unit": timeout.get("unit", "hour"),
        "delivery_methods": [_delivery_data(row) for row in mappings(config.get("delivery"))],
    }


def _field_data(row: Config) -> Config:
    data: Config = {
        "type": _FIELD_NAMES.get(text(row.get("type")), "paragraph"),
        "output_variable_name": row.get("name"),
        "label": row.get("label", ""),
        "required": row.get("required", False),
    }
    if row.get("default_from"):
        data["default"] = {"type": "variable", "selector": row["default_from"], "value": row.get("default") or ""}
    elif row.get("default") is not None:
        data["default"] = {"type": "constant", "selector": [], "value": row["default"]}
    if row.get("options_from"):
        data["option_source"] = {"type": "variable", "selector": row["options_from"], "value": row.get("options", [])}
    elif row.get("options"):
        data["option_source"] = {"type": "constant", "selector": [], "value": row["options"]}
    if row.get("max_files"):
        data["number_limits"] = row["max_files"]
    if row.get("file_types"):
        data["allowed_file_types"] = row["file_types"]
    return data


def _delivery_data(row: Config) -> Config:
    data: Config = {"type": row.get("type", "webapp"), "enabled": row.get("enabled", True), "config": {}}
    if data["type"] == "webapp":
        return data
    people = [{"type": "member", "reference_id": member} for member in items(row.get("members"))]
    people += [{"type": "external", "email": address} for address in items(row.get("recipients"))]
    recipients = {"include_bound_group": row.get("everyone", False), "items": people}
    config = {"recipients": recipients, "subject": row.get("subject", ""), "body": row.get("body", "")}
    return {**data, "config": config}


def _read_webhook(source: Source) -> Config:
    data = source.data
    return {
        "method": one_of(text(data.get("method")).upper(), get_args(Method), "POST"),
        "content_type": one_of(data.get("content_type"), get_args(ContentType), "application/json"),
        "headers": _parameters(data.get("headers")),
        "params": _parameters(data.get("params")),
        "body": _parameters(data.get("body")),
        "response": {
            "wait": data.get("async_mode") is False,
            "status": within(data.get("status_code"), 200, 200, 399),
            "body": text(data.get("response_body")),
        },
    }


def _parameters(value: Any) -> list[Config]:
    return [
        {
            "name": text(row.get("name"))[:128],
            "type": one_of(text(row.get("type")).lower(), get_args(ParameterType), "string"),
            "required": row.get("required") is True,
        }
        for row in mappings(value)
        if text(row.get("name"))
    ]


def _write_webhook(config: Config) -> Config:
    response = mapping(config.get("response"))
    return {
        "method": text(config.get("method"), "POST").lower(),
        "content_type": config.get("content_type", "application/json"),
        "headers": config.get("headers", []),
        "params": config.get("params", []),
        "body": config.get("body", []),
        "async_mode": not response.get("wait", False),
        "status_code": response.get("status", 200),
        "response_body": response.get("body", ""),
        "variables": [],
    }


_NINE = "0 9 * * *"


def _read_schedule(source: Source) -> Config:
    data = source.data
    timezone = text(data.get("timezone")) or "UTC"
    try:
        cron = text(data.get("cron_expression")).strip() if data.get("mode") == "cron" else _visual(data)
        problems: list[Fault] = check_schedule(cron, timezone)
    except ValueError as error:
        cron, problems = _NINE, [Fault("cron_invalid", str(error))]
    if any(problem.field == "timezone" for problem in problems):
        source.warn("schedule_changed", f"{problems[0].message} The schedule runs in UTC.", "timezone")
        timezone = "UTC"
    if any(problem.field != "timezone" for problem in problems):
        source.warn("schedule_changed", f"{problems[0].message} The schedule is every day at nine: set it.", "cron")
        cron = _NINE
    return {"cron": cron, "timezone": timezone}


def _visual(data: Config) -> str:
    clicked = mapping(data.get("visual_config"))
    days = [day for day in items(clicked.get("monthly_days")) if isinstance(day, (int, str))]
    return visual_cron(
        text(data.get("frequency"), "daily"),
        time=text(clicked.get("time"), "12:00 AM"),
        weekdays=texts(clicked.get("weekdays")),
        on_minute=whole(clicked.get("on_minute"), 0),
        monthly_days=days,
    )


def _write_schedule(config: Config) -> Config:
    return {"mode": "cron", "cron_expression": config.get("cron", _NINE), "timezone": config.get("timezone", "UTC")}


KINDS = (
    Kind("human-input", "human-input", _read_form, _write_form),
    Kind("trigger-webhook", "trigger-webhook", _read_webhook, _write_webhook),
    Kind(
        "trigger-schedule",
        "trigger-schedule",
        _read_schedule,
        _write_schedule,
        frozenset(("mode", "cron_expression", "frequency", "visual_config", "timezone")),
    ),
)
