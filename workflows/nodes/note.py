"""Note: words on the canvas for people. Never compiled, never run.

Knows its text; knows nothing else.
"""

from __future__ import annotations

from pydantic import Field

from workflows.kinds import NodeType, Step
from workflows.nodes.fields import NodeConfig, widget
from workflows.scope import Scope

THEMES = ["blue", "cyan", "green", "yellow", "pink", "violet"]


class Config(NodeConfig):
    """What the note says, and how it looks."""

    text: str = Field(default="", description="Markdown.", json_schema_extra=widget("markdown"))
    theme: str = Field(
        default="blue", description="The note's colour.", json_schema_extra=widget("select", options=THEMES)
    )


class Note(NodeType[Config]):
    """See the module."""

    kind = "note"
    family = "io"
    config = Config
    handles = "none"
    accepts_input = False
    note = True

    def build(self, config: Config, scope: Scope) -> Step:
        raise AssertionError("a note is never compiled")


NODE = Note()
