"""Every page outside the editor in both themes, as axe-core sees it; and on a phone, where nothing may be cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.axe import grave_faults
from tests.e2e.browser import chromium
from tests.e2e.console import EMAIL, PASSWORD, Console
from tests.running import Up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PHONE = {"width": 390, "height": 844}
# What lies right of the window and cannot be scrolled to; code samples may be wider than what shows them.
CUT = """() => [...document.querySelectorAll('button, a, input, h1, h2, p')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
  .filter((one) => !one.closest('pre'))
  .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def addresses(console: Console, sample: dict[str, Any]) -> dict[str, str]:
    app_id = console.get("/apps")["items"][0]["id"]
    dataset_id = console.get("/datasets")["items"][0]["id"]
    document_id = console.get(f"/datasets/{dataset_id}/documents")["items"][0]["id"]
    document = f"/knowledge/{dataset_id}/documents/{document_id}"
    site = console.get(f"/apps/{app_id}/site")
    return {
        "apps": "/apps",
        "new app": "/apps?new=1",
        "knowledge": "/knowledge",
        "dataset": f"/knowledge/{dataset_id}",
        "retrieval": f"/knowledge/{dataset_id}?tab=retrieval",
        "evaluation": f"/knowledge/{dataset_id}?tab=evaluation",
        "test set": f"/knowledge/{dataset_id}?tab=evaluation&view=cases",
        "better settings": f"/knowledge/{dataset_id}?tab=evaluation&view=settings",
        "external services": "/knowledge?services=1",
        "document": document,
        "document details": f"{document}?side=details",
        "document processing": f"{document}?side=processing",
        "document log": f"{document}?side=log",
        "dataset settings": f"/knowledge/{dataset_id}?tab=settings",
        "models": "/models",
        "settings": "/settings",
        "runs": f"/apps/{app_id}/runs",
        "conversations": f"/apps/{app_id}/runs?view=conversations",
        "versions": f"/apps/{app_id}/versions",
        "access": f"/apps/{app_id}/access",
        "chat": f"/chat/{site['code']}",
        "kit": "/kit",
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_grave(
    browser: Browser, weft: Up, addresses: dict[str, str], theme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(color_scheme=theme)
    page.goto(f"{weft.url}/signin")
    page.get_by_label("Password").first.wait_for()
    faults = {"signin": grave_faults(page)}
    _sign_in(page)
    for name, path in addresses.items():
        _visit(page, weft.url + path)
        faults[name] = grave_faults(page)
    page.close()

    assert {name: found for name, found in faults.items() if found} == {}


def test_nothing_is_cut_on_a_phone(browser: Browser, weft: Up, addresses: dict[str, str]) -> None:
    page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
    page.goto(f"{weft.url}/signin")
    _sign_in(page)
    cut = {}
    for name, path in addresses.items():
        _visit(page, weft.url + path)
        cut[name] = page.evaluate(CUT)
    page.close()

    assert {name: found for name, found in cut.items() if found} == {}


def _sign_in(page: Page) -> None:
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/apps")


def _visit(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)  # let motion come to rest
