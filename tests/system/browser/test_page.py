"""The page with a sandbox behind it: what it shows, and that it can be used by everybody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import ADA, BO, IRIS, PICTURES

SCRIPT = "<img src=x onerror=\"document.title = 'owned'\"><script>document.title = 'owned'</script>"
BEHIND = "DAG late_delivery_outreach, task {} [2], run scheduled__2026-11-22T09:00:00+00:00"
TITLE = "Sandbox: customers, timeline, agent desk"

CONTRASTS = (Path(__file__).parent / "contrasts.js").read_text()


def person(page, name):
    return page.locator(".person", has_text=name)


def test_three_customers_a_timeline_and_a_desk(open_page, sandbox, three):
    page = open_page(sandbox.base_url)
    assert page.title() == TITLE
    expect(page.locator(".person .name")).to_have_text(["Iris Weber", "Bo Lindqvist", "Ada Moreno"])
    expect(page.locator(".task .name")).to_have_count(3)
    expect(page.locator(".line", has_text="CreateInteraction")).to_have_count(3)
    person(page, "Ada").click()
    expect(page.locator(".phone .text")).to_have_text(["Hello Ada, your reading lamp is late."])
    expect(page.locator(".phone .delivery")).to_have_text("delivered")
    expect(page.locator(".phone .source")).to_contain_text("late_delivery_outreach · open_conversation [0]")
    expect(page.locator(".phone .history")).to_have_text(f"flexout history '{ADA}'")


def test_the_command_below_a_customer_tells_every_outreach_to_them(open_page, sandbox, three):
    """The shell runs it as the page has it, from where flexout is installed."""
    page = open_page(sandbox.base_url)
    where = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment = os.environ | where | {"AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(sandbox.connection())}
    for name, address in (("Ada", ADA), ("Bo", BO), ("Iris", IRIS)):
        person(page, name).click()
        command = page.locator(".phone .history")
        expect(command).to_have_text(f"flexout history '{address}'")
        done = subprocess.run(  # noqa: S602 - the page of a sandbox of ours
            command.inner_text(), shell=True, env=environment, capture_output=True, text=True, check=True
        )
        assert three[address] in done.stdout
        assert "opened by task open_conversation of late_delivery_outreach" in done.stdout
        assert "task say_why" in done.stdout
        assert not any(sid in done.stdout for to, sid in three.items() if to != address)


def test_each_line_names_the_dag_run_and_task_behind_it(open_page, sandbox, three):
    page = open_page(sandbox.base_url)
    say = page.locator(".line", has_text="CreateConversationMessage").first.locator(".cause")
    expect(say).to_have_text("late_delivery_outreach · say_why [2]")
    expect(say).to_have_attribute(
        "title",
        "Sent by DAG late_delivery_outreach, task say_why [2], run scheduled__2026-11-22T09:00:00+00:00",
    )
    opened = page.locator(".line", has_text="CreateInteraction").first.locator(".cause")
    expect(opened).to_have_attribute(
        "title", f"In the conversation that was opened by {BEHIND.format('open_conversation')}"
    )


@pytest.mark.parametrize("kind", ["sms", "email"])
def test_a_message_never_becomes_markup(open_page, sandbox, outreach, kind):
    to = "+12025550150" if kind == "sms" else "eve@example.com"
    sid = outreach(to, SCRIPT, SCRIPT, kind=kind, subject=SCRIPT if kind == "email" else "")
    page = open_page(sandbox.base_url)
    sandbox.customer(to).says(SCRIPT, in_conversation=sid)
    expect(page.locator(".phone .text")).to_have_text([SCRIPT, SCRIPT])
    expect(page.locator(".work .text")).to_have_text([SCRIPT, SCRIPT])
    expect(page.locator(".person .name")).to_have_text(SCRIPT)
    assert page.locator("main img, main script").count() == 0
    assert page.title() == TITLE


def test_the_browser_itself_refuses_markup_from_text(chromium, sandbox):
    page = chromium.new_page()
    page.goto(sandbox.base_url)
    attempt = "text => { try { document.body.innerHTML = text } catch (error) { return error.message } }"
    assert "requires 'TrustedHTML' assignment" in page.evaluate(attempt, SCRIPT)
    page.close()


def test_everything_by_keyboard(open_page, sandbox, outreach):
    sid = outreach(ADA, "Ada Moreno", "Hello Ada, your reading lamp is late.")
    page = open_page(sandbox.base_url)
    press, focus = page.keyboard.press, page.locator("*:focus")
    expect(person(page, "Ada")).to_be_visible()
    press("1")
    expect(focus).to_have_class("person")
    press("Enter")
    expect(focus).to_have_id("customer-text")
    page.keyboard.type("1 question: when?")
    press("Enter")
    expect(page.locator(".phone .text").last).to_have_text("1 question: when?")
    expect(focus).to_have_id("customer-text")
    press("Escape")
    press("3")
    expect(focus).to_have_class("task")
    press("a")
    expect(page.locator(".work .note").first).to_contain_text("talking")
    press("t")
    page.keyboard.type("Thursday")
    press("Shift+Enter")
    page.keyboard.type("after five.")
    press("Enter")
    expect(page.locator(".work .text").last).to_have_text("Thursday\nafter five.")
    press("Escape")
    press("w")
    expect(page.locator(".work .note").first).to_contain_text("wrapping up")
    press("c")
    expect(page.locator(".work .note").first).to_contain_text("completed")
    conversation = sandbox.conversation(sid)
    assert conversation.state == "closed"
    assert [message.role for message in conversation.transcript] == ["pipeline", "customer", "agent"]


def test_shortcuts_are_told_and_can_be_switched_off(open_page, sandbox, three):
    page = open_page(sandbox.base_url)
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    expect(page.locator("#help kbd", has_text="?")).to_be_visible()
    page.locator("#shortcuts-on").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("p")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_hidden()
    assert sandbox.clock.frozen is False


def test_lists_are_one_stop_and_arrows_move_in_them(open_page, sandbox, three):
    page = open_page(sandbox.base_url)
    expect(page.locator(".person")).to_have_count(3)
    page.keyboard.press("1")
    for key, name in (("ArrowDown", "Bo"), ("j", "Ada"), ("End", "Ada"), ("k", "Bo"), ("Home", "Iris")):
        page.keyboard.press(key)
        expect(page.locator(".person:focus")).to_contain_text(name)
    assert page.locator('.person[tabindex="0"]').count() == 1


def test_tab_reaches_every_control_and_shows_where_it_is(open_page, sandbox, three):
    page = open_page(sandbox.base_url)
    expect(page.locator(".person")).to_have_count(3)
    where = """() => {
      const at = document.activeElement, style = getComputedStyle(at);
      const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
      const seen = at.className === 'skip' || ring;
      return at === document.body ? null : [at.id || at.className || at.textContent, seen];
    }"""
    stops = []
    page.keyboard.press("Tab")
    while (stop := page.evaluate(where)) is not None and len(stops) < 80:
        stops.append(stop)
        page.keyboard.press("Tab")
    assert [name for name, seen in stops if not seen] == []
    names = [name for name, _ in stops]
    for wanted in ("skip", "chaos-button", "help-button", "person", "customer-text", "line", "task"):
        assert names.count(wanted) == 1, names
    assert names.index("person") < names.index("line") < names.index("task")


def test_news_is_told_to_a_screen_reader(open_page, sandbox, outreach):
    page = open_page(sandbox.base_url)
    outreach(ADA, "Ada Moreno", "Hello Ada")
    expect(page.locator("#spoken")).to_have_text("A task is offered to Ana Lima: Ada Moreno")
    assert page.locator("#spoken").get_attribute("aria-live") == "polite"


def test_every_control_has_a_name(open_page, sandbox, three):
    page = open_page(sandbox.base_url)
    page.locator("#chaos-button").click()
    page.locator(".person").first.wait_for()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, [role=img], section, nav')]
          .filter((each) => !each.getAttribute('aria-label') && !each.getAttribute('aria-labelledby'))
          .filter((each) => !each.labels?.length && !each.textContent.trim())
          .map((each) => each.outerHTML)"""
    )
    assert nameless == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desktop", "phone"])
def test_it_can_be_read(open_page, sandbox, three, scheme, size):
    width, height = size
    page = open_page(
        sandbox.base_url,
        color_scheme=scheme,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
    )
    sandbox.faults.rate_limit("*", times=None, probability=0.3)
    expect(page.locator("#chaos-count")).to_have_text("1")
    sandbox.customer(BO).says("Hello?", in_conversation=three[BO])
    for place in ("customers", "timeline", "desk"):
        page.evaluate("(name) => (document.body.dataset.place = name)", place)
        if place == "timeline":
            page.locator("#chaos-button").click()
        lowest = page.evaluate(CONTRASTS)
        assert len(lowest) > 20
        assert [each for each in lowest if each[0] < 4.5] == []
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= width


def test_nothing_moves_for_who_wants_it_still(open_page, sandbox, three):
    moving = "() => document.getAnimations().length"
    still = open_page(sandbox.base_url, reduced_motion="reduce")
    expect(still.locator(".person")).to_have_count(3)
    assert still.evaluate("() => getComputedStyle(document.querySelector('.bubble')).animationName") == "none"
    assert still.evaluate(moving) == 0


def test_the_clock_stops_runs_and_jumps(open_page, sandbox, outreach):
    page = open_page(sandbox.base_url)
    dial = page.locator("#clock")
    dial.get_by_role("button", name="Pause").click()
    expect(dial.locator(".rate")).to_have_text("paused")
    assert sandbox.clock.frozen
    dial.get_by_role("button", name="Tomorrow 09:00").click()
    expect(dial.locator(".digits")).to_contain_text("09:00:0")
    assert sandbox.clock.now().strftime("%H:%M") == "09:00"
    dial.get_by_role("button", name="60").click()
    expect(dial.locator(".rate")).to_contain_text("60")
    assert sandbox.clock.speed == 60


def test_chaos_is_planted_by_call_and_by_rate_and_taken_away(open_page, sandbox):
    page = open_page(sandbox.base_url)
    page.keyboard.press("x")
    page.locator("#chaos-kind").select_option("drop_response")
    page.locator("#chaos-operation").select_option("CreateInteraction")
    page.get_by_role("button", name="Plant", exact=True).click()
    expect(page.locator(".planted li")).to_have_text(
        ["Drop the response: CreateInteraction, 1 more; 0 so far"]
    )
    page.locator("#chaos-kind").select_option("delay")
    page.locator("#chaos-operation").select_option("*")
    page.locator("#chaos-often").select_option("0.3")
    page.locator("#chaos-seconds").fill("0.5")
    page.get_by_role("button", name="Plant", exact=True).click()
    expect(page.locator(".planted li").last).to_have_text("Latency, 0.5 s: every call, 30 in 100; 0 so far")
    page.locator("#chaos-lag").fill("20")
    page.get_by_role("button", name="Set").click()
    expect(page.locator("#chaos-count")).to_have_text("3")
    faults = sandbox.faults.waiting
    assert [
        (fault.kind, fault.operation, fault.times, fault.probability, fault.seconds) for fault in faults
    ] == [
        ("drop_response", "CreateInteraction", 1, 1.0, 0.0),
        ("delay", "*", None, 0.3, 0.5),
    ]
    assert sandbox.task_list_lag == 20
    page.get_by_role("button", name="Remove all").click()
    expect(page.locator(".planted li")).to_have_count(0)
    assert sandbox.faults.planted == 0


def test_what_can_not_be_done_is_said(open_page, sandbox, three):
    page = open_page(sandbox.base_url)
    person(page, "Ada").click()
    sandbox.close()
    page.locator("#customer-text").fill("Are you there?")
    page.locator("#customer-text").press("Enter")
    expect(page.locator(".notice")).to_have_text("The sandbox does not answer. Is it still running?")
    expect(page.locator("#customer-text")).to_have_value("Are you there?")
    expect(page.locator("#live")).to_have_attribute("data-live", "lost")


def test_it_comes_back_when_the_sandbox_does(open_page, sandbox, three):
    page = open_page(sandbox.base_url)
    port = int(sandbox.base_url.rpartition(":")[2])
    sandbox.close()
    expect(page.locator("#live")).to_have_attribute("data-live", "lost")
    sandbox.customer(ADA).says("I was away", in_conversation=three[ADA])
    sandbox.serve(port)
    expect(page.locator("#live")).to_have_attribute("data-live", "live")
    expect(person(page, "Ada")).to_contain_text("I was away")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures(open_page, sandbox, three, scheme):
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = open_page(
        sandbox.base_url, color_scheme=scheme, viewport={"width": 390, "height": 844}, reduced_motion="reduce"
    )
    expect(page.locator(".line", has_text="CreateInteraction")).to_have_count(3)
    for place in ("customers", "timeline", "desk"):
        page.locator(f"#sections [data-section={place}]").click()
        page.screenshot(path=PICTURES / f"phone-{place}-{scheme}.png")
    page.locator("#sections [data-section=customers]").click()
    person(page, "Ada").click()
    expect(page.locator("#customer-text")).to_be_focused()
    page.screenshot(path=PICTURES / f"phone-open-{scheme}.png")


def test_webhooks_are_on_the_timeline(open_page, sandbox, three, http):
    nobody = "http://127.0.0.1:9/hook"
    registered = http.post(
        f"/v1/Conversations/{three[ADA]}/Webhooks",
        data={"Target": "webhook", "Configuration.Url": nobody, "Configuration.Filters": "onMessageAdded"},
    )
    assert registered.status_code == 201, registered.text
    page = open_page(sandbox.base_url)
    sandbox.customer(ADA).says("Hello?", in_conversation=three[ADA])
    line = page.locator('[data-kind="webhook"]')
    expect(line.locator(".what")).to_have_text("Webhook onMessageAdded")
    expect(line.locator(".code")).to_have_text("no answer · 11200")
    expect(line.locator(".path")).to_have_text(nobody)
    expect(line.locator(".whom")).to_have_text("Ada Moreno")
    assert line.get_attribute("data-tone") == "bad"
