"""Debian's Chromium under Playwright, and a numbered screenshot at each step of a journey."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.e2e.console import EMAIL, PASSWORD

FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
VIEWPORT = {"width": 1440, "height": 860}


@contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "Chromium is missing. `apt-get install chromium` brings it; `make test` does so where it may."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def sign_in(page: Page, url: str) -> None:
    """As the first admin of the Weft at `url`."""
    page.goto(f"{url}/signin")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/apps")


class Journey:
    """A person at a browser. Pictures go to WEFT_SCREENSHOTS when that names a folder."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self._step = 0
        folder = os.environ.get("WEFT_SCREENSHOTS")
        self._folder = Path(folder) if folder else None
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._note_refusal)

    def picture(self, name: str) -> None:
        self._step += 1
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self.page.wait_for_timeout(400)  # let motion come to rest
            self.page.screenshot(path=self._folder / f"{self._step:02d}-{name}.png")

    def _note_refusal(self, message: ConsoleMessage) -> None:
        """What the page's Content-Security-Policy forbade."""
        if "Content Security Policy" in message.text:
            self.faults.append(message.text)

    def button(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=8)
        mouse.move(*end, steps=8)
        mouse.up()

    def connect(self, source: str, target: str) -> None:
        """Drag from a node's way out to another's way in, by their ids."""
        self.drag(self._port(source, "source"), self._port(target, "target"))

    def _port(self, node_id: str, side: str) -> tuple[float, float]:
        # a container's way into itself is none of its ways out
        port = f".react-flow__handle.{side}[data-nodeid='{node_id}']:not([data-handleid='body'])"
        box = self.page.locator(port).first.bounding_box()
        assert box is not None, f"node {node_id} shows no {side} port"
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
