"""A whole outreach, seen and moved on from the page, while a real Airflow waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from airflow_provider_flexout.demo.airflow import RealAirflow

from .conftest import ADA, BO, IRIS, PICTURES

TIMEOUT = 180.0
QUESTION = "Your reading lamp is late by 7 days. We are sorry! Which day would suit you?"
ANSWER = "Thursday after 5 would be perfect, if that is still possible."
PROMISE = "It is. Your lamp comes on Thursday, between 5 and 7."


@pytest.fixture
def airflow(tmp_path, sandbox):
    with RealAirflow(
        tmp_path,
        dags=[Path(__file__).parent / "dags" / "story.py"],
        connections={"flexout_default": sandbox.connection("oauth")},
    ) as airflow:
        yield airflow


def test_a_customer_and_an_agent_at_the_page_move_a_waiting_dag_on(open_page, sandbox, outreach, airflow):
    outreach(BO, "Bo Lindqvist", "Hello Bo, your desk is late by 3 days.", kind="whatsapp", map_index=1)
    outreach(IRIS, "Iris Weber", "Your shelf is late.", kind="email", subject="Your order", map_index=2)
    page = open_page(sandbox.base_url)
    page.set_default_timeout(TIMEOUT * 1000)
    expect(page.locator(".person")).to_have_count(2)
    patient = {"timeout": TIMEOUT * 1000}

    def state_of(task_id):
        (task,) = run.task_instances(task_id)
        return task.state

    def wait_until_deferred(task_id):
        seen = []
        run_ended = {"success", "failed"}
        while not seen or seen[-1] != "deferred":
            assert run.state() not in run_ended, run.failures()
            airflow.check()
            seen.append(state_of(task_id))
            page.wait_for_timeout(500)

    run = airflow.run("late_delivery_story", {"to": ADA, "name": "Ada Moreno"})
    ada = page.locator(".person", has_text="Ada Moreno")
    ada.click()
    wait_until_deferred("open_conversation")
    assert state_of("ask") is None

    offered = page.locator(".task", has_text="Ada Moreno")
    expect(offered).to_contain_text("offered")
    offered.click()
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".work .note").first).to_contain_text("talking")

    expect(page.locator(".phone .text").last).to_have_text(QUESTION, **patient)
    expect(page.locator(".phone .delivery").last).to_have_text("delivered", **patient)
    wait_until_deferred("wait_for_an_answer")
    assert state_of("open_conversation") == "success"

    page.locator("#customer-text").fill(ANSWER)
    page.locator("#customer-text").press("Enter")
    expect(page.locator(".work .text").last).to_have_text(ANSWER)
    page.locator("#agent-text").fill(PROMISE)
    page.locator("#agent-text").press("Enter")
    expect(page.locator(".phone .text").last).to_have_text(PROMISE)
    take_pictures(page)

    assert run.wait(TIMEOUT) == "success", run.failures()
    expect(page.locator(".phone .note").first).to_contain_text("closed")
    expect(page.locator("#customer-text")).to_be_disabled()
    page.get_by_role("button", name="Complete").click()
    expect(page.locator(".task", has_text="Ada Moreno")).to_contain_text("completed")

    page.get_by_role("button", name="This customer only").click()
    expect(page.locator(".cause", has_text="late_delivery_outreach")).to_have_count(0)
    causes = set(page.locator(".cause[data-own]").all_text_contents())
    assert causes == {"late_delivery_story · open_conversation", "late_delivery_story · ask"}
    (conversation,) = [one for one in sandbox.conversations if ADA in str(one.participants)]
    assert [message.body for message in conversation.transcript] == [QUESTION, ANSWER, PROMISE]


def take_pictures(page):
    """The README's picture, and the same in the dark. Both look as they do when nothing moves."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.mouse.move(0, 0)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.screenshot(path=PICTURES / f"story-{scheme}.png")
