"""A model, got by a person: a directory of the machine is added, its model served and asked, stopped and forgotten.

WEFT_SCREENSHOTS=DIR keeps a picture of each step.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.axe import grave_faults
from tests.e2e.browser import VIEWPORT, Journey, chromium, sign_in
from tests.e2e.console import Console
from tests.inference.tiny import save_tiny
from tests.running import Up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_from_a_directory_to_a_served_model_and_back(weft: Up, console: Console, browser: Browser) -> None:
    directory = weft.data.path.parent / "models" / "tiny-qwen3"
    save_tiny("qwen3", directory)
    person = Journey(browser.new_context(viewport=VIEWPORT).new_page())  # type: ignore[arg-type]
    expect.set_options(timeout=30_000)
    sign_in(person.page, weft.url)

    add(person, weft.url, str(directory))
    serve(person)
    assert "tiny-qwen3" in _chat_models(console)
    put_away(person)

    assert "tiny-qwen3" not in _chat_models(console)
    assert (directory / "config.json").is_file()
    assert person.faults == []


def add(person: Journey, url: str, path: str) -> None:
    page = person.page
    page.goto(f"{url}/models")
    expect(page.get_by_text("Downloads are turned off on this machine")).to_be_visible()
    expect(page.get_by_role("button", name="Get Qwen3 0.6B", exact=True)).to_be_disabled()
    person.button("Add")
    page.get_by_role("menuitem", name="Add a directory").click()
    window = page.get_by_role("dialog", name="Add a directory")
    for given in ("/etc", path):
        window.get_by_label("Directory").fill(given)
        window.get_by_role("button", name="Add", exact=True).click()
        if given != path:
            expect(window.get_by_role("alert")).to_contain_text("Directories are taken from below")
            person.picture("refused")
    expect(window).to_be_hidden()


def serve(person: Journey) -> None:
    page = person.page
    person.button("Serve tiny-qwen3")
    person.picture("loading")
    expect(page.get_by_role("heading", name="tiny-qwen3", exact=True)).to_be_visible()
    expect(page.get_by_text("Serving", exact=True)).to_have_count(2)
    person.picture("serving")
    assert grave_faults(page) == []


def put_away(person: Journey) -> None:
    page = person.page
    person.button("Stop")
    expect(page.get_by_role("heading", name="No language model is served")).to_be_visible()
    person.button("More for tiny-qwen3")
    page.get_by_role("menuitem", name="Forget").click()
    person.button("Forget")
    expect(page.get_by_text("tiny-qwen3")).to_have_count(0)
    person.picture("forgotten")


def _chat_models(console: Console) -> list[str]:
    return [model["name"] for model in console.get("/models?kind=chat")["items"]]
