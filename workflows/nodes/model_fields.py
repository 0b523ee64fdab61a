"""The pieces of a config that every node asking a model shares. Not a node kind: it defines no `NODE`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from workflows.nodes.fields import NodeConfig, Selector, widget


class Model(NodeConfig):
    """Which model, and how it is asked."""

    provider: str = Field(default="", description="The provider's name, as it stands under Models.")
    name: str = Field(default="", description="The model's name, as the provider calls it.")
    params: dict[str, Any] = Field(
        default={},
        description="temperature, max_tokens, top_p and what else the model takes. Texts may hold references.",
    )


class Roles(NodeConfig):
    """Who speaks, where the conversation is written as text."""

    user: str = Field(default="Human", description="Stands before what the user said.")
    assistant: str = Field(default="Assistant", description="Stands before what the assistant said.")


class Memory(NodeConfig):
    """The conversation so far, given to the model."""

    enabled: bool = Field(default=True, json_schema_extra=widget("switch"))
    window: int | None = Field(
        default=20,
        ge=0,
        le=1000,
        description="How many past messages at most; empty or 0 for all.",
        json_schema_extra=widget("number"),
    )
    max_tokens: int | None = Field(
        default=8000,
        ge=1,
        description="How many tokens of past messages at most, estimated; the oldest are left out. Empty for no limit.",
        json_schema_extra=widget("number"),
    )
    query: str | None = Field(
        default=None,
        description="The question put after the past messages. Empty: they go before the prompt's last user message.",
        json_schema_extra=widget("template"),
    )
    roles: Roles | None = Field(
        default=None, description="Names of the speakers in a completion prompt's {{#histories#}}."
    )


class Vision(NodeConfig):
    """Images given to the model."""

    enabled: bool = Field(default=False, json_schema_extra=widget("switch"))
    selector: Selector = Field(default=["sys", "files"], description="A file or a list of files; only images are sent.")
    detail: Literal["auto", "low", "high"] = Field(
        default="high", description="How closely the model looks.", json_schema_extra=widget("select")
    )
