"""Answer: says something to the person in a chat, streamed while the values in its template arrive.

Knows its template; the order of streaming is `workflows.streams`.
"""

from __future__ import annotations

from typing import Any

from workflows.context import Context
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import NodeConfig, Template
from workflows.scope import Scope
from workflows.values import is_file


class Config(NodeConfig):
    """What is said: Markdown with `{{#node.output#}}` references."""

    answer: Template = ""


class Answer(NodeType[Config]):
    """See the module."""

    kind = "answer"
    family = "io"
    config = Config
    outputs = (Output("answer", "string"), Output("files", "array[file]"))
    modes = ("chat",)

    def build(self, config: Config, scope: Scope) -> Step:
        if not config.answer.strip():
            scope.fault("answer_empty", "The answer says nothing.", "answer", "warning")
        template = scope.template(config.answer, "answer")
        refs = template.refs

        def run(ctx: Context) -> Result:
            files: list[Any] = []
            for ref in refs:
                value = ref.get(ctx.pool)
                files += [item for item in (value if isinstance(value, list) else [value]) if is_file(item)]
            return Result({"answer": template.render_markdown(ctx.pool), "files": files})

        return Step(inline=run, answer=template)


NODE = Answer()
