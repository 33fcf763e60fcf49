"""Finding a conversation: by Airflow's links, and by a text where the page does not hold it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from airflow_provider_flexout.links.flex import conversation_url, task_url
from airflow_provider_flexout.sandbox.page.feed import CARDS
from airflow_provider_flexout.sandbox.rules import conversations

from .conftest import ADA

PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("kind", ["conversation", "task"])
def test_a_link_of_airflows_opens_the_page_there(open_page, sandbox, three, kind, size):
    sid = three[ADA]
    task = next(each for each in sandbox.tasks if each.conversation_sid == sid)
    extra, base = sandbox.connection()["extra"], sandbox.base_url
    url = {
        "conversation": conversation_url(extra["chat_service_sid"], sid, base),
        "task": task_url(extra["workspace_sid"], task.sid, base),
    }[kind]
    page = open_page(url, **({"viewport": size} if size else {}))
    side = page.locator(".phone" if kind == "conversation" else ".work")
    expect(side).to_be_visible()
    expect(side.locator("h3")).to_have_text("Ada Moreno")
    expect(side.locator(".text")).to_have_text(["Hello Ada, your reading lamp is late."])


def test_a_link_to_what_is_not_there_says_so(open_page, sandbox, three):
    page = open_page(f"{sandbox.base_url}/?conversation=CH{'0' * 32}")
    expect(page.locator("#notices")).to_contain_text(f"There is no conversation CH{'0' * 32}")


def test_an_older_conversation_is_found_by_name_address_or_link(open_page, sandbox, outreach):
    sid = outreach(ADA, "Ada Moreno", "Hello Ada")
    sandbox.clock.advance("1m")  # what happens to it has happened, so that nothing brings it back
    for _ in range(CARDS):  # where they are kept, since Twilio's rate limit would refuse so many at once
        conversations.create(sandbox._store, {}, "system")
    page = open_page(sandbox.base_url)
    people = page.locator(".person .name")
    expect(people).to_have_count(CARDS)
    expect(page.locator("#customers .head .note")).to_have_text(f"newest {CARDS} of {CARDS + 1}")
    for text in ("ada mor", "5550141", sid):
        page.locator("#search").fill(text)
        expect(people).to_have_text(["Ada Moreno"])
    people.first.click()
    expect(page.locator(".phone .text")).to_have_text(["Hello Ada"])
    page.locator("#search").fill("nobody of this name")
    expect(page.locator("#customers").get_by_text("No conversation has this.")).to_be_visible()
    page.locator("#search").fill("")
    expect(people).to_have_count(CARDS + 1)
    linked = open_page(conversation_url(None, sid, sandbox.base_url))
    expect(linked.locator(".phone h3")).to_have_text("Ada Moreno")


def test_a_name_stays_when_the_task_is_gone(open_page, sandbox, outreach):
    sandbox.agent("ana").accepts(after=0).finishes(after="1m")
    outreach(ADA, "Ada Moreno", "Hello Ada")
    task = sandbox.tasks[0].sid
    sandbox.clock.advance("10m")
    assert not sandbox.tasks
    page = open_page(sandbox.base_url)
    expect(page.locator(".person .name")).to_have_text(["Ada Moreno"])
    extra = sandbox.connection()["extra"]
    linked = open_page(task_url(extra["workspace_sid"], task, sandbox.base_url))
    expect(linked.locator(".phone h3")).to_have_text("Ada Moreno")
