"""The main job, done by a person: from the set-up link to a published app on somebody else's page.

One Weft of its own, a real Chromium, a real PDF and a real Markdown file. WEFT_SCREENSHOTS=DIR keeps a picture of
each step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import VIEWPORT, Journey, chromium
from tests.e2e.console import PASSWORD, setup_link
from tests.e2e.pages import foreign_page
from tests.fakes.documents import make_pdf
from tests.running import Up

QUESTION = "How often must the reed be oiled?"
FACT = "The reed must be oiled every forty days"
MANUAL = [
    ["Loom LX-7, maintenance manual", "", "Lubrication", "The reed must be oiled every forty days with linseed oil."],
    ["Tension", "The warp tension of the LX-7 is 28 newtons.", "Turn the brass wheel to change it."],
]
NOTES = """# Workshop notes

## Opening hours

The workshop opens at seven and closes at four. On Fridays it closes at noon.

## 保修

织机的保修期为三年，从交付之日算起。
"""
HOST_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Acme looms</title>
<body style="font-family: Georgia; margin: 4rem; background: #f6f1e7"><h1>Acme looms</h1><p>Weaving since 1871.</p>
<script src="{base}/embed.js" data-code="{code}" async></script></body></html>"""


@pytest.fixture(scope="module")
def own_weft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = Up(tmp_path_factory.mktemp("journey") / "data").ensure()
    yield up
    assert up.stop() == 0


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    manual, notes = tmp_path / "loom-manual.pdf", tmp_path / "workshop.md"
    manual.write_bytes(make_pdf(MANUAL))
    notes.write_text(NOTES)
    return [manual, notes]


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_from_the_setup_link_to_a_bubble_on_another_page(own_weft: Up, files: list[Path], browser: Browser) -> None:
    context = browser.new_context(viewport=VIEWPORT, permissions=["clipboard-read", "clipboard-write"])
    person = Journey(context.new_page())
    expect.set_options(timeout=20_000)

    become_admin(person, setup_link(own_weft))
    fill_a_dataset(person, own_weft.url, files)
    wire_the_app(person, own_weft.url)
    watch_it_run(person)
    publish(person)
    key, code = open_access(person)
    call_it(own_weft.url, key)
    ask_the_chat_page(person, own_weft.url, code)
    ask_the_bubble(person, own_weft.url, code)

    assert person.faults == []


def become_admin(person: Journey, link: str) -> None:
    page = person.page
    page.goto(link)
    page.get_by_label("Name").fill("Lin")
    page.get_by_label("E-mail").fill("lin@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    person.picture("set-up")
    person.button("Create account")
    expect(page.get_by_role("heading", name="Choose a model")).to_be_visible()
    person.picture("set-up-model")
    person.button("Continue")
    expect(page.get_by_text("Template").first).to_be_visible()
    person.picture("set-up-template")


def fill_a_dataset(person: Journey, url: str, files: list[Path]) -> None:
    page = person.page
    page.goto(f"{url}/knowledge")
    page.get_by_role("button", name="New knowledge base").first.click()
    page.get_by_label("Name").fill("Looms")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Create")).click()
    page.locator("input[type=file]").first.set_input_files(files)
    person.picture("uploading")
    expect(page.get_by_text("Ready", exact=True)).to_have_count(2, timeout=60_000)
    person.picture("indexed")


def wire_the_app(person: Journey, url: str) -> None:
    page = person.page
    page.goto(f"{url}/apps")
    page.get_by_role("button", name="New app").first.click()
    page.get_by_role("radio", name=re.compile("^Blank chat")).click()
    page.get_by_role("textbox", name="Name").fill("Loom help")
    person.picture("new-app")
    person.button("Create app")

    page.get_by_role("group", name="Edge from start to llm").click(force=True)
    page.keyboard.press("Delete")
    person.button("Knowledge")
    person.picture("palette")
    page.get_by_role("option", name=re.compile("^Knowledge Finds")).click()
    person.connect("start", "knowledge_retrieval")
    person.connect("knowledge_retrieval", "llm")
    person.button("Tidy")
    page.locator("[data-id=knowledge_retrieval] h4").click()
    page.get_by_role("button", name="Knowledge bases").click()
    page.get_by_role("option", name=re.compile("^Looms")).click()
    page.keyboard.press("Escape")

    page.locator("[data-id=llm] h4").click()
    page.get_by_role("button", name="Context").click()
    person.picture("variable-picker")
    page.get_by_role("option", name=re.compile("result")).click()
    prompt = page.locator(".cm-content").first
    prompt.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nUse only these passages: {")
    page.get_by_role("option", name=re.compile("context")).first.click()
    expect(page.get_by_role("button", name="No problems")).to_be_visible()
    expect(page.get_by_text("Draft saved")).to_be_visible()
    person.picture("wired")


def watch_it_run(person: Journey) -> None:
    page = person.page
    person.button("Run")
    page.get_by_role("textbox", name=re.compile("question", re.I)).last.fill(QUESTION)
    page.keyboard.press("Enter")
    person.picture("running")
    expect(page.get_by_text(FACT).first).to_be_visible()
    for node_id in ("start", "knowledge_retrieval", "llm", "answer"):
        expect(page.locator(f"[data-node={node_id}]")).to_have_attribute("data-state", "finished")
    page.get_by_role("tab", name="Last run").click()
    expect(page.get_by_role("tabpanel").get_by_text(FACT).first).to_be_visible()
    person.picture("ran")


def publish(person: Journey) -> None:
    page = person.page
    person.button("Publish")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").first.fill("First version")
    person.picture("publish")
    dialog.get_by_role("button", name=re.compile("^Publish")).click()
    expect(page.get_by_text("v1 live")).to_be_visible()
    person.picture("published")
    page.keyboard.press("Escape")


def open_access(person: Journey) -> tuple[str, str]:
    """The key that is shown once, and the chat page's code."""
    page = person.page
    page.get_by_role("link", name="Access").click()
    page.get_by_role("button", name=re.compile("(New|Create).*key", re.I)).first.click()
    key = re.search(r"app-[A-Za-z0-9]{24}", _text(page, re.compile(r"app-[A-Za-z0-9]{24}")))
    code = re.search(r"/chat/([\w-]{8,})", _text(page, re.compile(r"/chat/[\w-]{8,}")))
    assert key
    assert code
    person.picture("access")
    return key.group(0), code.group(1)


def _text(page: Page, pattern: re.Pattern[str]) -> str:
    """The page's text and field values once they match."""
    fields = "[...document.querySelectorAll('input, a')].map(e => ' ' + (e.value || e.href)).join()"
    read = f"() => document.body.innerText + {fields}"
    page.wait_for_function(f"() => /{pattern.pattern.replace('/', chr(92) + '/')}/.test(({read})())")
    return str(page.evaluate(read))


def call_it(url: str, key: str) -> None:
    """As `curl` would, and with OpenAI's SDK."""
    body = {"query": QUESTION, "inputs": {}, "user": "curl", "response_mode": "streaming"}
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.stream("POST", f"{url}/v1/chat-messages", headers=headers, json=body, timeout=60) as stream:
        events = [json.loads(line[5:]) for line in stream.iter_lines() if line.startswith("data:")]
    assert FACT in "".join(event["answer"] for event in events if event["event"] == "message")
    resources = events[-1]["metadata"]["retriever_resources"]
    assert (resources[0]["document_name"], resources[0]["page"]) == ("loom-manual.pdf", 1)

    client = openai.OpenAI(base_url=f"{url}/v1", api_key=key)
    stream = client.chat.completions.create(
        model="loom-help", messages=[{"role": "user", "content": QUESTION}], stream=True
    )
    assert FACT in "".join(chunk.choices[0].delta.content or "" for chunk in stream)


def ask_the_chat_page(person: Journey, url: str, code: str) -> None:
    page = person.page
    page.goto(f"{url}/chat/{code}")
    page.get_by_role("textbox").last.fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_text(FACT).first).to_be_visible()
    page.get_by_role("button", name=re.compile("loom-manual.pdf")).first.click()
    person.picture("chat-page")


def ask_the_bubble(person: Journey, url: str, code: str) -> None:
    page = person.page
    with foreign_page(HOST_PAGE.format(base=url, code=code)) as address:
        page.goto(address)
        page.get_by_role("button", name=re.compile("chat", re.I)).click()
        frame = page.frame_locator("iframe")
        frame.get_by_role("textbox").last.fill("When does the workshop open?")
        frame.get_by_role("textbox").last.press("Enter")
        expect(frame.get_by_text("The workshop opens at seven").first).to_be_visible()
        person.picture("bubble")
