"""axe-core in a page: what a person with a screen reader or weak eyes would stumble over."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from weft.services.layout import ROOT

SCRIPT = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}
# Results only: the page's elements cannot leave it.
RUN = "async (part) => (await axe.run(part ?? document, { resultTypes: ['violations'] })).violations"


def grave_faults(page: Page, part: str | None = None) -> list[str]:
    """What axe calls serious or critical, in the whole page or in a part of it (a CSS selector), one line for each
    element: rule, element, why.
    """
    # through the debugger, for the page's own policy allows no foreign script
    page.evaluate(SCRIPT.read_text())
    found: list[dict[str, Any]] = page.evaluate(RUN, part)
    return [_line(rule, node) for rule in found if rule["impact"] in GRAVE for node in rule["nodes"]]


def _line(rule: dict[str, Any], node: dict[str, Any]) -> str:
    why = " ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])
    return f"{rule['id']}: {' '.join(node['target'])}: {why}"
