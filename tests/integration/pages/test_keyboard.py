"""What people come for, by keyboard alone, from signing in to what is done; the focus is seen at every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from events.rules.access import Role
from tests.support.browser import opened
from tests.support.pages import FINE, HOLDERS, SUBJECT, DeskOfPages, look

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STEPS_MAX: Final = 200
SEEN: Final = """() => {
    const shown = (node) => {
        const style = getComputedStyle(node);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
            || node.matches('rect') && parseFloat(style.strokeWidth) >= 3;
    };
    const node = document.activeElement;
    return [node, ...node.querySelectorAll('rect')].some(shown);
}"""


class Keyboard:
    """Somebody who has no mouse."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self._address = page, address
        # From now on no dialog of a file is the browser's own: who first listens as a key is pressed
        # may come too late for that key, and waits for good.
        page.on("filechooser", lambda _: None)

    def open(self, path: str) -> None:
        self.page.goto(f"{self._address}{path}")

    def sign_in(self, role: Role, to: str) -> None:
        self.page.context.clear_cookies()
        self.open(f"/zh/login?next={to}")
        self.go_to("#key")
        self.page.keyboard.type(HOLDERS[role].key)
        self.enter(f"**{to}")

    def go_to(self, selector: str) -> None:
        """Step on until the focus is there; wherever it is on the way, it is seen."""
        reached = f"() => document.activeElement.matches({selector!r})"
        for _ in range(STEPS_MAX):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("() => document.activeElement !== document.body"):
                assert self.page.evaluate(SEEN), self.page.evaluate(
                    "() => document.activeElement.outerHTML"
                )
            if self.page.evaluate(reached):
                return
        raise AssertionError(f"no key leads to {selector} on {self.page.url}")

    def enter(self, leads_to: str) -> None:
        with self.page.expect_navigation(url=leads_to):
            self.page.keyboard.press("Enter")

    def drop(self, name: str, data: bytes, leads_to: str) -> None:
        self.go_to("#file")
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files({"name": name, "mimeType": "text/csv", "buffer": data})
        self.go_to("form button")
        self.enter(leads_to)


def test_all_that_people_come_for_is_done_without_a_mouse(
    chromium: Browser, address: str, desk: DeskOfPages
) -> None:
    context = opened(chromium)
    page = context.new_page()
    hand = Keyboard(page, address)

    # A firm is searched, and the rule is read by which a record of it is shown.
    hand.open("/zh/notices")
    hand.go_to("#q")
    page.keyboard.type(SUBJECT.lower())
    hand.enter("**/zh/notices?q=*")
    hand.go_to("ul.entries h3 a")
    hand.enter(f"**/zh/notices/{SUBJECT}/*")
    assert "规则 disclosure." in page.locator("main").inner_text()
    hand.go_to("main p a")
    hand.enter(f"**/zh/subjects/{SUBJECT}")
    assert page.locator(f"#r-{FINE.envelope.event_id} code").first.is_visible()

    # Note is taken of a warning.
    hand.sign_in(Role.DEPARTMENT, "/zh/board")
    hand.go_to("#purpose")
    page.keyboard.press("ArrowDown")
    hand.go_to("form button[type=submit]")
    page.keyboard.press("Enter")
    page.locator("form.note").first.wait_for()
    before = len(desk.notes)
    hand.go_to("form.note input")
    page.keyboard.type("已约谈")
    hand.go_to("form.note button")
    hand.enter("**/zh/board?noted=waits")
    assert [note for _, _, note in desk.notes[before:]] == ["已约谈"]

    # A file is dropped, its refused lines are read and mended, and it is dropped again.
    hand.go_to('header a[href="/zh/desk"]')
    hand.enter("**/zh/desk")
    hand.drop("处罚.csv", b"a\n" * 120, "**/zh/desk/uploads/*")
    page.locator("#fates:not([data-pending])").wait_for()
    hand.go_to("#fates a[href*='fate=refused']")
    hand.enter("**fate=refused")
    assert page.locator("tbody tr").count() == 1
    hand.go_to("main p a")
    hand.enter("**/zh/desk")
    hand.drop("更正.csv", b"b\n", "**/zh/desk/uploads/*")
    assert [each.data for each in desk.files[-2:]] == [b"a\n" * 120, b"b\n"]

    # A firm objects to a record of itself.
    hand.sign_in(Role.SUBJECT, "/zh/me")
    hand.go_to(f"#r-{FINE.envelope.event_id} p.ways a")
    hand.enter("**/zh/me/records/*")
    hand.go_to("#text")
    page.keyboard.type("金额有误")
    hand.go_to("main form button")
    hand.enter("**?done=said")
    look(page, "keyboard_objected.zh")
    assert msgspec.json.decode(desk.files[-1].data)["concerns"] == FINE.envelope.event_id
    context.close()
