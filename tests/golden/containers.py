"""Golden runs of containers: iteration, loop, batch and a called workflow."""

from __future__ import annotations

from typing import Any

from tests.golden.case import BUSY, ITEMS, LOST, START, Case, add, answer, each, end, inside, llm, template
from workflows.testing import document, node


def asking(**config: Any) -> Case:
    """An iteration in which a model is asked about each element, and is lost at the second."""
    return Case(
        document(
            ITEMS,
            each(["llm", "text"], **config),
            *inside("each", llm("llm", "{{#each.index#}}. {{#each.item#}}")),
            end(texts=["each", "output"]),
            edges=["start>each>end", "each:body>llm"],
        ),
        {"inputs": {"items": ["green", "white", "black"]}},
        {"llm": [["Un", "fermented."], ["Light ", LOST], ["Ferm", "ented."]]},
    )


CONTAINERS: dict[str, Case] = {
    "iteration": Case(
        document(
            ITEMS,
            each(["template", "output"], flatten=True),
            *inside("each", template("template", "<{{ x }}>", ["each", "item"])),
            end(texts=["each", "output"]),
            edges=["start>each>end", "each:body>template"],
        ),
        {"inputs": {"items": ["green", "white"]}},
    ),
    "iteration-parallel": asking(parallel=2, on_error="null"),
    "iteration-drop": asking(on_error="drop"),
    "iteration-stop": asking(on_error="stop"),
    "iteration-answers": Case(
        document(
            ITEMS,
            each(["llm", "text"], parallel=2),
            *inside("each", llm("llm", "{{#each.item#}}"), answer("{{#each.item#}}: {{#llm.text#}}\n", "say")),
            answer("Done."),
            edges=["start>each>answer", "each:body>llm>say"],
            mode="chat",
        ),
        {"query": "Which teas?", "inputs": {"items": ["green", "white"]}},
        {"llm": [["un", "fermented", " tea"], ["light"]]},
    ),
    "container-retry": Case(
        document(
            ITEMS,
            {**each(["llm", "text"]), "policy": {"retry": {"max": 1, "interval_ms": 100}}},
            *inside("each", llm("llm", "{{#each.item#}}")),
            end(texts=["each", "output"]),
            edges=["start>each>end", "each:body>llm"],
        ),
        {"inputs": {"items": ["green", "white"]}},
        {"llm": [["One"], [LOST], ["Two"], ["Three"]]},
    ),
    "loop": Case(
        document(
            START,
            node(
                "loop",
                config={
                    "max_rounds": 10,
                    "variables": [{"name": "n", "type": "number", "source": "constant", "value": 1}],
                    "break": {
                        "logical": "and",
                        "conditions": [{"selector": ["loop", "n"], "operator": "≥", "value": "5"}],
                    },
                },
            ),
            *inside("loop", add("loop", "n", 2)),
            end(n=["loop", "n"], rounds=["loop", "loop_round"]),
            edges=["start>loop>end", "loop:body>assign"],
        ),
        {"inputs": {"topic": "tea"}},
    ),
    "loop-answers": Case(
        document(
            node("start"),
            node(
                "loop",
                config={
                    "max_rounds": 2,
                    "variables": [{"name": "n", "type": "number", "source": "constant", "value": 0}],
                },
            ),
            *inside("loop", add("loop", "n", 1), answer("{{#loop.n#}}\n", "say")),
            answer("{{#sys.query#}} + {{#loop.n#}}"),
            edges=["start>loop>answer", "loop:body>assign>say"],
            mode="chat",
        ),
        {"query": "tea"},
    ),
    "nested": Case(
        document(
            ITEMS,
            each(["loop", "said"]),
            *inside(
                "each",
                node(
                    "loop",
                    config={
                        "max_rounds": 2,
                        "variables": [{"name": "said", "type": "array[string]", "source": "constant", "value": []}],
                    },
                ),
            ),
            *inside("loop", add("loop", "said", ["each", "item"], "append", "variable")),
            end(said=["each", "output"]),
            edges=["start>each>end", "each:body>loop", "loop:body>assign"],
        ),
        {"inputs": {"items": ["green", "white"]}},
    ),
    "sub-workflow": Case(
        document(
            START,
            node(
                "call",
                "workflow",
                {"app": "brew", "arguments": [{"name": "tea", "mode": "variable", "value": ["start", "topic"]}]},
            ),
            end(text=["call", "text"], all=["call", "outputs"]),
            edges=["start>call>end"],
        ),
        {"inputs": {"topic": "tea"}},
        called={
            "brew": document(
                node("start", config={"variables": [{"name": "tea", "type": "text", "required": True}]}),
                template("template", "Brew {{ x }}.", ["start", "tea"]),
                end(text=["template", "output"]),
                edges=["start>template>end"],
            )
        },
    ),
    "batch": Case(
        document(
            ITEMS,
            {
                **llm("llm", "{{#llm.item#}}"),
                "policy": {
                    "batch": {"items": ["start", "items"], "parallel": 2, "on_error": "null"},
                    "retry": {"max": 1, "interval_ms": 100},
                },
            },
            end(texts=["llm", "text"]),
            edges=["start>llm>end"],
        ),
        {"inputs": {"items": ["green", "white", "black"]}},
        {"llm": [["One"], ["Tw", BUSY], ["Two"], [LOST]]},
    ),
}
