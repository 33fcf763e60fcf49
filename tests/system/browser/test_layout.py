"""Where things stand on the page: nothing is cut beside free space, and nothing scrolls sideways."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from .conftest import ADA

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
LONG = "Iris-Amalia Weber von Hohenzollern-Sigmaringen"
CUT = "(each) => each.scrollWidth > each.clientWidth"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_timeline_keeps_names(open_page, sandbox, outreach, size):
    outreach(ADA, LONG if size is DESKTOP else "Iris Weber", "Hello Iris")
    page = open_page(sandbox.base_url, viewport=size)
    expect(page.locator(".line .dag").first).to_be_visible()
    for what in (".whom", ".dag"):
        names = page.locator(f".line {what}").all()
        assert names
        assert [each.text_content() for each in names if each.evaluate(CUT)] == []


def test_the_index_of_a_mapped_task_is_not_cut(open_page, sandbox, three):
    page = open_page(sandbox.base_url, viewport=PHONE)
    expect(page.locator(".line .index").first).to_be_visible()
    for mark in page.locator(".line .cause").all():
        whole, index = mark.bounding_box(), mark.locator(".index").bounding_box()
        assert index["x"] + index["width"] <= whole["x"] + whole["width"], mark.text_content()
        assert not mark.locator(".index").evaluate(CUT)


def test_a_dashed_mark_says_what_it_is(open_page, sandbox, three):
    page = open_page(sandbox.base_url)
    dashed = page.locator(".line", has_text="CreateInteraction").first.locator(".cause")
    expect(dashed).to_have_text("opened by late_delivery_outreach · open_conversation [2]")
    assert dashed.evaluate("(each) => getComputedStyle(each).borderStyle") == "dashed"


@pytest.mark.parametrize(
    "size",
    [DESKTOP, {"width": 1100, "height": 860}, {"width": 900, "height": 800}, PHONE],
    ids=["wide", "1100", "mid", "phone"],
)
def test_many_agents_scroll_nothing_sideways(open_page, sandbox, three, size):
    workers = sandbox._store.workspace.workers
    first = next(iter(workers.values()))
    for number in range(8):
        sid = f"WK{number:032d}"
        workers[sid] = replace(
            first, sid=sid, name=f"agent{number}", attributes='{"full_name": "Maximiliane B"}'
        )
    page = open_page(sandbox.base_url, viewport=size)
    if size is PHONE:
        page.locator("#sections [data-section=desk]").click()
    expect(page.locator("[aria-label=Agent] button")).to_have_count(len(workers))
    wide = page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll('.column, .head, .row')]
          .filter((each) => each.scrollWidth > each.clientWidth)
          .map((each) => each.className || each.tagName)"""
    )
    assert wide == []
    above, head, row = (page.locator(each).bounding_box() for each in (".top", ".desk .head", ".desk .row"))
    agents = page.locator("[aria-label=Agent]").bounding_box()
    assert above["y"] + above["height"] <= agents["y"], "the agents cover nothing above"
    assert agents["y"] + agents["height"] <= head["y"] + head["height"] <= row["y"], "nor below"
    assert page.locator(".desk h2").bounding_box()["height"] < 30, "the title is one line"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_chaos_panel_is_aligned(open_page, sandbox, size):
    page = open_page(sandbox.base_url, viewport=size)
    page.locator("#chaos-button").click()
    page.locator("#chaos-kind").select_option("delay")
    boxes = [each.bounding_box() for each in page.locator(".plant :is(select, input, button)").all()]
    rows = {}
    for box in boxes:
        rows.setdefault(round(box["y"] + box["height"]), []).append(box)
    left = {round(min(each["x"] for each in row)) for row in rows.values()}
    assert len(left) == 1, "each row begins at the same edge"
    ends = sorted(rows)
    assert all(later - earlier > 30 for earlier, later in itertools.pairwise(ends)), "what is beside is level"
    lag, button = (
        page.locator("#chaos-lag").bounding_box(),
        page.get_by_role("button", name="Set").bounding_box(),
    )
    assert 0 < button["x"] - lag["x"] - lag["width"] < 20


@pytest.mark.parametrize("width", [1440, 1100, 900, 390])
def test_buttons_squeeze_no_name(open_page, sandbox, outreach, width):
    outreach("whatsapp:+447700900142", "Philippa Featherstonehaugh", "Hello", kind="whatsapp")
    page = open_page(sandbox.base_url, viewport={"width": width, "height": 844})
    if width == PHONE["width"]:
        page.locator("#sections [data-section=desk]").click()
    head = page.locator(".work > header")
    expect(head.get_by_role("button", name="Accept")).to_be_visible()
    lines = """(each) => {
      const range = document.createRange();
      range.selectNodeContents(each);
      return range.getClientRects().length;
    }"""
    assert [each.evaluate(lines) for each in head.locator("h3, .note").all()] == [1, 1]


def test_a_text_wraps_at_words(open_page, sandbox, outreach):
    sid = outreach(ADA, "Ada Moreno", "Hello")
    sandbox.customer(ADA).says("W" * 30 + " " + "unquestionably " * 12, in_conversation=sid)
    page = open_page(sandbox.base_url, viewport=PHONE)
    page.locator("#sections [data-section=customers]").click()
    page.locator(".person").click()
    broken = page.locator(".phone .text").last.evaluate(
        """(each) => {
          const text = each.firstChild, word = /unquestionably/g, lines = [];
          for (let found; (found = word.exec(text.data)); ) {
            const range = document.createRange();
            range.setStart(text, found.index);
            range.setEnd(text, found.index + found[0].length);
            lines.push(range.getClientRects().length);
          }
          return lines.filter((count) => count !== 1).length;
        }"""
    )
    assert broken == 0


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_headings_leave_no_level_out(open_page, sandbox, three, size):
    """As axe's rule heading-order asks, on each part of the page."""
    page = open_page(sandbox.base_url, viewport=size)
    levels = """() => [...document.querySelectorAll('h1, h2, h3, h4')]
      .filter((each) => each.checkVisibility()).map((each) => Number(each.tagName[1]))"""
    for part in ("customers", "timeline", "desk"):
        if size is PHONE:
            page.locator(f"#sections [data-section={part}]").click()
        if part == "customers":
            page.locator(".person").first.click()
            expect(page.locator(".phone h3")).to_be_visible()
        found = page.evaluate(levels)
        assert found[0] == 1
        assert [pair for pair in itertools.pairwise(found) if pair[1] - pair[0] > 1] == []
