"""A person in the loop, and a trigger: a Dify file comes in, its page asks, an answer goes on; a request starts a run.

Both through a real Chromium, on one Weft. WEFT_SCREENSHOTS=DIR keeps a picture of each step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.axe import grave_faults
from tests.e2e.browser import VIEWPORT, Journey, chromium, sign_in
from tests.e2e.console import Console
from tests.e2e.graphs import document, node
from tests.running import Up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

LETTERS = Path(__file__).parent / "letters.dify.yml"


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_a_page_asks_and_an_answer_goes_on(weft: Up, console: Console, browser: Browser, tmp_path: Path) -> None:
    person = Journey(browser.new_context(viewport=VIEWPORT).new_page())
    expect.set_options(timeout=20_000)
    sign_in(person.page, weft.url)

    app_id = import_letters(person, weft.url)
    publish(person)
    code = console.get(f"/apps/{app_id}/site")["code"]
    visitor = Journey(browser.new_context(viewport=VIEWPORT).new_page())
    be_asked(visitor, f"{weft.url}/chat/{code}")
    answer_after_a_reload(visitor, tmp_path)
    find_the_answer_in_the_log(person, weft.url, app_id)

    assert [*person.faults, *visitor.faults] == []


def test_somebody_with_the_link_answers_while_the_page_waits(weft: Up, console: Console, browser: Browser) -> None:
    app_id = console.post("/apps/import", {"text": LETTERS.read_text(), "name": "Letters by link"})["app"]["id"]
    console.post(f"/apps/{app_id}/versions", {"note": ""})
    code = console.get(f"/apps/{app_id}/site")["code"]
    expect.set_options(timeout=20_000)
    visitor = Journey(browser.new_context(viewport=VIEWPORT).new_page())
    be_asked(visitor, f"{weft.url}/chat/{code}")
    run_id = console.get(f"/apps/{app_id}/runs")["items"][0]["id"]
    form = console.get(f"/runs/{run_id}/forms")["items"][0]
    talk = console.get(f"/apps/{app_id}/conversations")["items"][0]
    assert [one["status"] for one in console.get(f"/conversations/{talk['id']}/messages")["items"]] == ["paused"]

    friend = Journey(browser.new_context(viewport=VIEWPORT).new_page())
    friend.page.goto(f"{weft.url}/form/{form['token']}")
    expect(friend.page.get_by_role("heading", name="Check the letter")).to_be_visible()
    assert grave_faults(friend.page) == []
    friend.button("Throw away")
    expect(friend.page.get_by_text("Thank you")).to_be_visible()
    friend.picture("linked-form-answered")
    expect(visitor.page.get_by_text("Nothing was sent.")).to_be_visible()
    friend.page.reload()
    expect(friend.page.get_by_text("This has been answered.")).to_be_visible()

    assert [*visitor.faults, *friend.faults] == []


def test_a_webhook_starts_a_run_that_its_list_leads_to(weft: Up, console: Console, browser: Browser) -> None:
    app_id = publish_a_webhook(console)
    person = Journey(browser.new_context(viewport=VIEWPORT).new_page())
    page = person.page
    expect.set_options(timeout=20_000)
    sign_in(page, weft.url)
    page.goto(f"{weft.url}/apps/{app_id}/access")
    address = page.get_by_text(re.compile(r"/triggers/(?!test/)[\w-]+$")).first
    expect(address).to_be_visible()

    answer = httpx.post(address.inner_text(), json={"order": "tea"}, timeout=30)
    assert (answer.status_code, answer.headers["X-Weft-Run"]) == (
        200,
        console.get(f"/apps/{app_id}/runs")["items"][0]["id"],
    )
    console.ended(answer.headers["X-Weft-Run"])

    page.get_by_role("button", name=re.compile("^Last fired")).click()
    assert grave_faults(page) == []
    person.picture("triggers")
    page.get_by_role("link", name="Open run").click()
    page.get_by_role("tab", name="Log").click()
    expect(page.get_by_role("button", name=re.compile("shout finished"))).to_be_visible()
    expect(page.get_by_text("TEA").first).to_be_visible()
    person.picture("triggered-run")

    page.goto(f"{weft.url}/apps/{app_id}/access")
    page.get_by_role("switch", name="New order is on").click()
    expect(page.get_by_text("Switched off")).to_be_visible()
    assert httpx.post(answer.request.url, json={"order": "tea"}, timeout=30).status_code == 404

    assert person.faults == []


def import_letters(person: Journey, url: str) -> str:
    page = person.page
    page.goto(f"{url}/apps?new=1")
    page.get_by_role("tab", name="Import file").click()
    page.locator("input[type=file]").first.set_input_files(LETTERS)
    expect(page.get_by_text("Everything in it can run here.")).to_be_visible()
    assert grave_faults(page) == []
    person.picture("import-report")
    person.button("Create app")
    expect(page.locator("[data-node=ask]")).to_be_visible()
    person.picture("imported")
    found = re.search(r"/apps/([\w-]{36})", page.url)
    assert found
    return found.group(1)


def publish(person: Journey) -> None:
    page = person.page
    person.button("Publish")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Publish")).click()
    expect(page.get_by_text("v1 live")).to_be_visible()
    page.keyboard.press("Escape")


def be_asked(visitor: Journey, address: str) -> None:
    page = visitor.page
    page.goto(address)
    page.get_by_role("textbox", name="Your question").fill("Dear Ada, the loom is repaired.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Send it", exact=True)).to_be_visible()
    expect(page.get_by_text("Answer by")).to_be_visible()
    assert grave_faults(page) == []
    visitor.picture("asked")


def answer_after_a_reload(visitor: Journey, folder: Path) -> None:
    page = visitor.page
    page.reload()
    comment = page.get_by_label("comment")
    expect(comment).to_have_value("Kind regards")
    comment.fill("Warm regards")
    proof = folder / "proof.txt"
    proof.write_text("It holds.")
    page.locator("input[type=file]").first.set_input_files(proof)
    expect(page.get_by_role("button", name="Remove proof.txt")).to_be_visible()
    visitor.button("Send it")
    expect(page.get_by_text("Sent with: Warm regards (Send it). Letter number 1.")).to_be_visible()
    expect(page.get_by_text("Answered: Send it")).to_be_visible()
    visitor.picture("answered")


def find_the_answer_in_the_log(person: Journey, url: str, app_id: str) -> None:
    page = person.page
    page.goto(f"{url}/apps/{app_id}/runs")
    page.locator("tbody tr").first.click()
    page.get_by_role("tab", name="Log").click()
    expect(page.get_by_role("button", name=re.compile("Check the letter was answered: send"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("wrote conversation.sent"))).to_be_visible()
    assert grave_faults(page) == []
    person.picture("log")
    page.get_by_role("link", name="Conversation").click()
    expect(page.get_by_text("Letters sent so far")).to_be_visible()
    person.picture("conversation")


def publish_a_webhook(console: Console) -> str:
    nodes: list[dict[str, Any]] = [
        {**node("hook", "trigger-webhook", body=[{"name": "order", "required": True}]), "title": "New order"},
        node(
            "shout",
            "code",
            language="python",
            code="def main(order):\n    return {'text': order.upper()}",
            inputs=[{"name": "order", "selector": ["hook", "order"]}],
            outputs={"text": {"type": "string"}},
        ),
        node("end", "end", outputs=[{"name": "text", "selector": ["shout", "text"]}]),
    ]
    app_id: str = console.post("/apps", {"name": "Orders", "template": "blank-workflow"})["id"]
    draft = console.get(f"/apps/{app_id}/draft")
    console.put(f"/apps/{app_id}/draft", {"document": document("workflow", nodes), "revision": draft["revision"]})
    console.post(f"/apps/{app_id}/versions", {"note": ""})
    return app_id
