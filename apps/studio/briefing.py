"""The document-processing starter: a pasted document becomes a briefing with its facts, and with quotes that answer a
question.

It runs on a fresh machine: the facts come from a code node, the quotes from whatever chat model there is.
"""

from __future__ import annotations

from typing import Any

from apps.studio.graphs import document as graph
from apps.studio.graphs import edge, node

# Plain string work only: the sandbox needs no module for it.
CODE = '''\
def main(text: str) -> dict:
    """Cut the text into passages and collect what a reader looks for first."""
    lines = [line.strip() for line in text.splitlines()]
    headings = [line.lstrip("# ").strip() for line in lines if line.startswith("#")]
    passages = []
    buffer = []
    section = ""
    for line in lines + [""]:
        if line.startswith("#"):
            section = line.lstrip("# ").strip()
        elif line:
            buffer.append(line)
        if (not line or line.startswith("#")) and buffer:
            passages.append({"title": section or "Document", "content": " ".join(buffer)})
            buffer = []
    words = text.split()
    figures = []
    contacts = []
    for word in words:
        bare = word.strip(".,;:()[]<>\\"'")
        if "@" in bare and "." in bare and bare not in contacts:
            contacts.append(bare)
        elif bare and bare not in figures and sum(1 for c in bare if c in "0123456789") * 2 >= len(bare):
            figures.append(bare)
    wide = sum(1 for c in text if ord(c) > 0x2E7F)
    return {
        "passages": passages[:200],
        "headings": headings[:30],
        "figures": figures[:30],
        "contacts": contacts[:20],
        "n_words": len(words) if wide * 4 < len(text) else wide,
        "minutes": max(1, round((len(words) / 220) if wide * 4 < len(text) else wide / 400)),
    }
'''
OUTPUTS = {
    "passages": "array[object]",
    "headings": "array[string]",
    "figures": "array[string]",
    "contacts": "array[string]",
    "n_words": "number",
    "minutes": "number",
}
REPORT = """\
# Briefing

**Length** {{ n_words }} words, about {{ minutes }} min to read
{% if headings %}
## Contents
{% for heading in headings %}- {{ heading }}
{% endfor %}{% endif %}{% if figures %}
## Figures and dates
{{ figures | join(" · ") }}
{% endif %}{% if contacts %}
## Contacts
{{ contacts | join(" · ") }}
{% endif %}{% if answer %}
## {{ question }}
{{ answer }}
{% endif %}"""
REPORT_ZH = """\
# 简报

**篇幅** {{ n_words }} 字，阅读约需 {{ minutes }} 分钟
{% if headings %}
## 目录
{% for heading in headings %}- {{ heading }}
{% endfor %}{% endif %}{% if figures %}
## 数字与日期
{{ figures | join(" · ") }}
{% endif %}{% if contacts %}
## 联系方式
{{ contacts | join(" · ") }}
{% endif %}{% if answer %}
## {{ question }}
{{ answer }}
{% endif %}"""
PROMPT = "Answer the question from this document. Quote it, with the number of the passage like [1].\n\n{{#context#}}"
PROMPT_ZH = "请根据这份文件回答问题，引用原文并标注段落编号，例如 [1]。\n\n{{#context#}}"


def document(model: dict[str, Any], *, is_chinese: bool) -> dict[str, Any]:
    """The starter's graph."""
    zh = is_chinese
    variables = [
        {"name": "document", "label": "文件内容" if zh else "Document", "type": "paragraph", "required": True},
        {
            "name": "question",
            "label": "问题（可选）" if zh else "Question (optional)",
            "type": "text",
            "required": False,
        },
    ]
    code = {
        "language": "python",
        "code": CODE,
        "inputs": [{"name": "text", "selector": ["start", "document"]}],
        "outputs": {name: {"type": kind} for name, kind in OUTPUTS.items()},
    }
    asked = {"selector": ["start", "question"], "operator": "not empty", "value": ""}
    prompt = [
        {"role": "system", "text": PROMPT_ZH if zh else PROMPT},
        {"role": "user", "text": "{{#start.question#}}"},
    ]
    quote = {"model": model, "prompt": prompt, "context": ["facts", "passages"]}
    names = ["n_words", "minutes", "headings", "figures", "contacts"]
    rows = [{"name": name, "selector": ["facts", name]} for name in names]
    rows += [
        {"name": "question", "selector": ["start", "question"]},
        {"name": "answer", "selector": ["quotes", "output"]},
    ]
    outputs = [
        {"name": "report", "selector": ["report", "output"]},
        {"name": "answer", "selector": ["quotes", "output"]},
        {"name": "figures", "selector": ["facts", "figures"]},
        {"name": "contacts", "selector": ["facts", "contacts"]},
    ]
    nodes = [
        node("start", "start", "开始" if zh else "Start", {"variables": variables}, at=(0, 0)),
        node("facts", "code", "提取要点" if zh else "Collect facts", code, at=(300, 0)),
        node(
            "asked",
            "if-else",
            "有问题吗" if zh else "Is there a question?",
            {"cases": [{"id": "true", "logical": "and", "conditions": [asked]}]},
            at=(600, 0),
        ),
        node("quote", "llm", "引用原文" if zh else "Quote the document", quote, at=(900, -120)),
        node(
            "nothing",
            "template-transform",
            "无问题" if zh else "No question",
            {"template": "", "inputs": []},
            at=(900, 120),
        ),
        node(
            "quotes",
            "variable-aggregator",
            "合并" if zh else "Join",
            {"selectors": [["quote", "text"], ["nothing", "output"]], "output_type": "string"},
            at=(1200, 0),
        ),
        node(
            "report",
            "template-transform",
            "撰写简报" if zh else "Write the briefing",
            {"template": REPORT_ZH if zh else REPORT, "inputs": rows},
            at=(1500, 0),
        ),
        node("end", "end", "结束" if zh else "End", {"outputs": outputs}, at=(1800, 0)),
    ]
    paths = [
        edge("start", "facts"),
        edge("facts", "asked"),
        edge("asked", "quote", "true"),
        edge("asked", "nothing", "false"),
        edge("quote", "quotes"),
        edge("nothing", "quotes"),
        edge("quotes", "report"),
        edge("report", "end"),
    ]
    return graph("workflow", nodes, paths)
