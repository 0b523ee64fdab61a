"""Knowledge, done by a person: a PDF goes in and is watched, a passage is opened beside its page, a question is tried,
"why not?" is asked, a case is made of the answer, and the evaluation shows what is found.

WEFT_SCREENSHOTS=DIR keeps a picture of each step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.axe import grave_faults
from tests.e2e.browser import VIEWPORT, Journey, chromium, sign_in
from tests.e2e.console import Console
from tests.fakes.documents import make_pdf
from tests.running import Up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

QUESTION = "How often must the reed be oiled?"
FACT = "The reed must be oiled every forty days"
OTHER = "The warp tension of the LX-7 is 28 newtons."
MANUAL = [
    ["Loom LX-7, maintenance manual", "", "Lubrication", f"{FACT} with linseed oil."],
    ["Tension", OTHER, "Turn the brass wheel to change it."],
]
HOURS = """# Opening hours

The workshop opens at seven and closes at four.

# 保修

织机的保修期为三年，从交付之日算起。
"""


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_from_a_file_to_a_figure(weft: Up, console: Console, browser: Browser, tmp_path: Path) -> None:
    dataset_id = console.post("/datasets", {"name": "Looms in the browser"})["id"]
    manual, hours = tmp_path / "loom-manual.pdf", tmp_path / "workshop.md"
    manual.write_bytes(make_pdf(MANUAL))
    hours.write_text(HOURS)
    person = Journey(browser.new_context(viewport=VIEWPORT).new_page())  # type: ignore[arg-type]
    expect.set_options(timeout=30_000)
    sign_in(person.page, weft.url)

    upload_and_watch(person, f"{weft.url}/knowledge/{dataset_id}", [manual, hours])
    open_a_passage_beside_its_page(person)
    find_it_in_the_text(person)
    try_a_question(person)
    ask_why_not(person)
    see_what_it_comes_to(person)

    assert person.faults == []


def upload_and_watch(person: Journey, url: str, files: list[Path]) -> None:
    page = person.page
    page.goto(url)
    page.locator("input[type=file]").first.set_input_files(files)
    person.picture("uploading")
    documents = page.get_by_role("region", name="Documents")
    expect(documents.get_by_text("Ready", exact=True)).to_have_count(2, timeout=90_000)
    person.picture("documents")
    assert grave_faults(page) == []


def open_a_passage_beside_its_page(person: Journey) -> None:
    page = person.page
    page.get_by_role("link", name="loom-manual.pdf").click()
    first = page.get_by_role("img", name=re.compile("^Page 1 of 2"))
    expect(first).to_be_visible()
    page.wait_for_function("() => [...document.querySelectorAll('canvas')].some((one) => one.width > 300)")
    passage = _passage(page, FACT)
    passage.get_by_role("button", name=re.compile("^#")).click()
    mark = page.get_by_role("region", name="Pages").get_by_role("button", pressed=True)
    expect(mark.first).to_be_visible()
    person.picture("beside")
    # and the other way round
    page.get_by_role("region", name="Pages").get_by_role("button", pressed=False).first.click()
    expect(_passage(page, OTHER)).to_have_attribute("data-selected", "true")
    assert grave_faults(page) == []


def find_it_in_the_text(person: Journey) -> None:
    page = person.page
    page.get_by_role("radio", name="Text").click()
    piece = page.get_by_role("region", name="Text").get_by_text(OTHER)
    expect(piece).to_have_attribute("data-selected", "true")
    person.picture("text")
    page.get_by_role("tab", name="Log").click()
    expect(page.get_by_text("Added: File")).to_be_visible()
    page.get_by_role("tab", name="Processing").click()
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_text(re.compile(r"^\d+ of \d+ passages"))).to_be_visible()
    person.picture("preview")


def try_a_question(person: Journey) -> None:
    page = person.page
    page.get_by_role("link", name="Looms in the browser").click()
    page.get_by_role("tab", name="Retrieval test").click()
    page.get_by_role("textbox", name="Question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="How the passages were found")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text=FACT).first).to_be_visible()
    person.picture("retrieval")
    assert grave_faults(page) == []


def ask_why_not(person: Journey) -> None:
    """Of a passage in Chinese, which shares no word with the question; then the right one becomes a case."""
    page = person.page
    page.get_by_role("button", name="Ask why it was not found").click()
    page.get_by_role("dialog").get_by_role("button", name="workshop.md").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("保修")).click()
    expect(page.get_by_role("dialog").get_by_role("heading", level=3)).to_be_visible()
    person.picture("why-not")
    page.keyboard.press("Escape")
    page.get_by_role("listitem").filter(has_text=FACT).first.get_by_role("button", name="This is right").click()
    expect(page.get_by_text("In the test set")).to_be_visible()


def see_what_it_comes_to(person: Journey) -> None:
    page = person.page
    page.get_by_role("tab", name="Evaluation").click()
    page.get_by_role("radio", name="Test set").click()
    expect(page.get_by_role("button", name=QUESTION, exact=True)).to_be_visible()
    person.picture("test-set")
    page.get_by_role("radio", name="Results").click()
    page.get_by_role("button", name="Measure now").click()
    recall = page.get_by_text("Recall@10", exact=True).locator("..")
    expect(recall.get_by_text("100.0 %", exact=True)).to_be_visible(timeout=60_000)
    person.picture("measured")
    assert grave_faults(page) == []


def _passage(page: Page, words: str) -> Locator:
    return page.get_by_role("article").filter(has_text=words)
