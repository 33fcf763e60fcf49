"""The site that ``make docs`` builds, from its folder, without a server or a network."""

from __future__ import annotations

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.paths import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        check=True,
    )
    return folder


@pytest.fixture
def page(chromium, site):
    """A page of the site; at the test's end, nothing may have been asked of another place."""
    context = chromium.new_context(offline=True)
    page = context.new_page()
    foreign, errors = [], []
    page.on("request", lambda request: foreign.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert foreign
    assert [url for url in foreign if not url.startswith((site.as_uri(), "data:", "blob:"))] == []
    assert errors == []


@pytest.mark.parametrize(("name", "diagrams"), [("concepts", 1), ("architecture", 2)])
def test_diagrams_are_drawn(page, site, name, diagrams):
    page.goto((site / f"{name}.html").as_uri())
    drawn = page.locator("div.mermaid")
    expect(drawn).to_have_count(diagrams)
    for diagram in drawn.all():
        diagram.scroll_into_view_if_needed()
        assert diagram.bounding_box()["height"] > 100


def test_the_picture_of_the_concepts_can_be_read_on_a_phone(page, site):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto((site / "concepts.html").as_uri())
    drawn = page.locator("div.mermaid")
    expect(drawn).to_have_count(1)
    drawn.scroll_into_view_if_needed()
    page.wait_for_function(
        "document.querySelector('div.mermaid').offsetHeight > 500"
    )  # not shrunk to the width


def test_the_search_finds_a_page(page, site):
    page.goto((site / "index.html").as_uri())
    page.get_by_role("textbox", name="Search").fill("AdaptiveRateLimit orphans")
    expect(page.locator(".md-search-result__item").first).to_be_visible()
