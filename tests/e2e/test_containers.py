"""A container built, run and looked into by a person; every panel of the editor as axe-core sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.axe import grave_faults
from tests.e2e.browser import VIEWPORT, Journey, chromium, sign_in
from tests.e2e.console import Console
from tests.e2e.graphs import document, node
from tests.running import Up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

WORDS = node("start", "start", variables=[{"name": "words", "type": "json", "label": "Words"}])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def test_an_iteration_is_built_run_and_looked_into(browser: Browser, weft: Up, console: Console) -> None:
    end = node("end", "end", outputs=[{"name": "said", "selector": ["iteration", "output"]}])
    app_id = _app(console, document("workflow", [WORDS, end], edges=[]))
    person = Journey(browser.new_page(viewport=VIEWPORT))  # type: ignore[arg-type]
    page = person.page
    _open(page, weft, app_id)

    person.button("Logic")
    page.get_by_role("option", name=re.compile("^Iteration ")).click()
    person.button("Add the first node")
    page.get_by_role("option", name=re.compile("^Template ")).click()
    page.locator(".cm-content").click()
    page.keyboard.insert_text("{{ item }}!")
    page.get_by_role("button", name="Add a value").click()
    _choose(page, "Values it is given: value", "item")
    page.keyboard.press("Escape")
    person.button("Tidy")
    page.wait_for_timeout(500)  # let motion come to rest
    person.connect("start", "iteration")
    person.connect("iteration", "end")
    page.locator("[data-id=iteration] h4").first.click()
    _choose(page, "List", "words")
    _choose(page, "What each round gives", "output")
    page.keyboard.press("Escape")
    person.picture("iteration-built")

    person.button("Run")
    page.get_by_label("Words").fill('["a", "b", "c"]')
    page.keyboard.press("Control+Enter")
    frame = page.locator("[data-id=iteration]").first
    expect(frame.get_by_text("3 of 3")).to_be_visible()
    expect(frame.get_by_text("round 3")).to_be_visible()
    frame.get_by_role("button", name="Round before").click()
    page.locator("[data-id=template_transform] h4").click()
    page.get_by_role("tab", name="Last run").click()
    person.picture("iteration-round")
    expect(page.get_by_role("complementary").get_by_text("b!")).to_be_visible()

    assert person.faults == []
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_grave_in_the_panels(
    browser: Browser, weft: Up, console: Console, theme: Literal["light", "dark"]
) -> None:
    kinds = [kind for kind in console.get("/node-kinds")["items"] if "workflow" in kind["modes"] and not kind["hidden"]]
    nodes = [
        node(kind["kind"].replace("-", "_"), kind["kind"], **kind["defaults"])
        for kind in kinds
        if kind["kind"] not in ("start", "loop-end")
    ]
    app_id = _app(console, document("workflow", [WORDS, *nodes], edges=[]))
    page = browser.new_page(viewport=VIEWPORT, color_scheme=theme)  # type: ignore[arg-type]
    _open(page, weft, app_id)
    faults = {"canvas": grave_faults(page)}
    for each in nodes:
        page.locator(f".react-flow__node[data-id={each['id']}]").dispatch_event("click")
        page.get_by_role("complementary", name=each["id"]).wait_for()
        page.wait_for_timeout(200)  # let motion come to rest
        faults[each["id"]] = grave_faults(page, "aside")
    page.close()

    assert {name: found for name, found in faults.items() if found} == {}


def _app(console: Console, graph: dict[str, Any]) -> str:
    app_id: str = console.post("/apps", {"name": "Rounds", "mode": "workflow"})["id"]
    revision = console.get(f"/apps/{app_id}/draft")["revision"]
    console.put(f"/apps/{app_id}/draft", {"document": graph, "revision": revision})
    return app_id


def _open(page: Page, weft: Up, app_id: str) -> None:
    sign_in(page, weft.url)
    page.goto(f"{weft.url}/apps/{app_id}")
    page.locator(".react-flow__node").first.wait_for()
    page.wait_for_timeout(500)  # let motion come to rest


def _choose(page: Page, label: str, name: str) -> None:
    page.get_by_role("complementary").get_by_role("button", name=label).first.click()
    page.get_by_role("option", name=re.compile(rf"\b{name}\b")).first.click()
