"""What axe says of the page with a story in it: in each width and both schemes, nothing."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .conftest import ADA, BO

SIZES = {
    "desktop": {"width": 1440, "height": 900},
    "tablet": {"width": 1100, "height": 800},
    "phone": {"width": 390, "height": 844},
}


def complaints(page):
    """What axe complains of, with the elements."""
    found = Axe().run(page).response["violations"]
    return {each["id"]: [node["html"][:160] for node in each["nodes"]] for each in found}


@pytest.fixture
def story(sandbox, three):
    """An agent has one, a customer has replied, a message was not delivered, and one waits."""
    sandbox.agent("ana").accepts(after=0)
    sandbox.customer(ADA).says("When does it come?", in_conversation=three[ADA])
    sandbox.customer(BO).says("STOP", in_conversation=three[BO])
    return three


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_complains_of_nothing(open_page, sandbox, story, size, scheme):
    # Without motion: what is fading in has not got its colours yet.
    page = open_page(sandbox.base_url, viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator(".line").first).to_be_visible()
    found = {"overview": complaints(page)}
    for section in page.locator("#sections [data-section]:visible").all():
        section.click()
        found[str(section.get_attribute("data-section"))] = complaints(page)
    page.goto(f"{sandbox.base_url}/?conversation={story[ADA]}")
    expect(page.locator("#live")).to_have_attribute("data-live", "live")
    found["a conversation"] = complaints(page)
    page.locator("#chaos-button").click()
    found["chaos"] = complaints(page)
    assert {where: what for where, what in found.items() if what} == {}
