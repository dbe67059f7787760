"""A page as the browser prints it: the text of the PDF."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pypdf import PdfReader

if TYPE_CHECKING:
    from playwright.sync_api import Page


def printed_text(page: Page) -> str:
    """Give what stands in the PDF that a page is printed as, without blanks: lines are broken anew."""
    printed = PdfReader(io.BytesIO(page.pdf(format="A4")))
    return without_blanks("".join(each.extract_text() for each in printed.pages))


def without_blanks(text: str) -> str:
    """Take blanks and line ends out of a text."""
    return "".join(text.split())
