"""A fault as the page says it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from components.locale import Words
from components.locale.report import sentences
from components.streaming import Fault
from tests.browser.lab_page import LabPage


def says(lab: LabPage, fault: Fault, **known: str) -> None:
    """There is one fault on the page, in its two sentences, the provider's own words between them."""
    expect(lab.page.locator("#chat .fault")).to_have_count(1)
    happened, do = map(re.escape, sentences(Words("en"), fault, **known))
    expect(lab.fault).to_have_text(re.compile(rf"^\s*{happened} (It says: .+ )?{do}\s*$"))
    expect(lab.try_again).to_be_visible()


def shows_no_python(lab: LabPage) -> None:
    shown = lab.page.locator("body").inner_text()
    assert not re.search(r"Traceback|File \"|\b[A-Z]\w*(Error|Exception|Timeout)\b|\bNone\b|\{'", shown)
