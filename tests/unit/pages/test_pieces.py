"""The pieces of code in the pages do what their page says, with what they assume around them."""

from __future__ import annotations

import asyncio
import json
import re
from functools import partial

import pytest
from airflow.sdk import Variable
from twilio.rest import Client

from airflow_provider_flexout.twilio.api import conversations
from tests.sandbox.conftest import ToSandbox
from tests.unit.moments import at
from tests.unit.pages.scene import ADA, BOB, CAI, PIECES, code_of, public
from tests.unit.pages.scene import Scene as Page
from tests.unit.pages.test_dags import GROUPS, WHOLE
from tests.version_compat import TaskDeferred

NOON = "2026-11-23T17:00:00+00:00"
ONE_CONTACT = f'task_id="reach", channel="sms", message="Hello", contacts=[{{"to": "{ADA}"}}],'


def by_name(page):
    page.taskrouter("TaskQueues", FriendlyName="Support")
    page.taskrouter("Workers", FriendlyName="ada")
    page.run()
    [made] = page.served.tasks
    assert (made.attributes["order"], made.attributes["subject"]) == (4711, "Your order")


def held_for_an_agent(page):
    page.fill_in(rest=f'task_id="open", channel="sms", to="{ADA}",')
    page.served.agent().goes("Break")
    with pytest.raises(TaskDeferred):
        page.run()
    assert page.served.conversations == []
    page.served.agent().goes("Available")
    page.run()
    assert len(page.served.tasks) == 1


def with_specialists(page):
    page.open()
    page.taskrouter("TaskQueues", FriendlyName="Specialists")
    page.served.clock.advance("1s")
    [returned] = page.run()
    assert returned["invite_sid"]
    assert len(page.served.tasks) == 2


def attributes_changed(page):
    page.open(attributes={"obsolete": 1, "order": 7})
    page.run()
    [made] = page.served.tasks
    assert (made.attributes["vip"], made.attributes["order"]) == (True, 7)
    assert "obsolete" not in made.attributes


def steered(page):
    opened = page.open(channel="email", to="ada@example.com", strategy="one_call", subject="Late")
    page.fill_in(KD=opened["interaction_sid"], WT=opened["task_sid"])
    page.execute()
    assert page.served.conversations[0].state == "closed"


def told_by_webhook(page):
    page.names["interactions"] = public("FlexHook")().interactions
    page.fill_in(rest=f'task_id="open", channel="sms", to="{ADA}",')
    assert page.execute()["hears"].ttid
    assert page.names["interactions"].webhooks() == []


def agents_in_a_test(page):
    page.names["flex_sandbox"] = page.served
    page.open(initiated_by="api")
    assert page.execute()["task"].worker == "ben"


def recovered(page):
    for ok, state in ((0, "failed"), (1, "success")):
        load = f"@task\ndef load():\n    return 1 / {ok}\nwith dag:\n    load()"
        assert page.test_file(page.code + load) == state
    [failed, success] = page.texts("+12025550199")
    assert "failed" in failed
    assert "has recovered" in success


def at_a_deadline(page):
    code = f"deadline = {page.code}with DAG('late', schedule=None, deadline=deadline):\n    pass"
    assert page.dag_of(code).deadline  # dag.test() of Airflow 3.3.2 has no deadlines


def rehearsed_plan(page):
    page.write("late", (ADA, "en", "A-1"), (None, "en", "A-2"))
    around = """
@task
def plan():
    alert = Alert.from_dict({"name": "orders", "source": "ours", "data": "late", "severity": "error",
        "failures": [{"check": "late", "failed_rows": 2}]})
    if True:
{}
    assert [one["to"] for one in made["contacts"]] == ["+12025550141"]
plan()
"""
    page.code = re.sub("^", "        ", page.code, flags=re.MULTILINE)
    with at(NOON, page.served):
        assert page.test_dag(around) == "success"
    assert page.served.conversations == []


def started_by_an_alert(page):
    assert page.test_file(page.code) == "success"


def campaign_from_a_file(page):
    page.save("late.csv", f"customer,phone,name,order\n1,{ADA},Ada,A-1\n2,{CAI},Cai,A-2\n")
    with at(NOON, page.served):
        page.run()
    lines = (page.folder / "results" / "run.jsonl").read_text().splitlines()
    assert [json.loads(line)["outcome"] for line in lines] == ["opened", "opened"]
    assert page.texts(ADA) == ["Hello Ada, order A-1 is late. Reply here and we will find a new date."]


def rows_of_their_own(page):
    sids = {one.name: one.sid for one in page.served.templates}
    page.taskrouter("TaskQueues", FriendlyName="Support")
    page.write(
        "reminders", (ADA, "3", sids["win_back"], "Support", 5, None), (CAI, "4", None, None, None, None)
    )
    page.fill_in(HX=sids["survey"])
    [returned] = page.run()
    assert returned["opened"] == 2
    assert {one.content_sid for one in page.served.messages} == {sids["win_back"], sids["survey"]}
    assert sorted(one.priority for one in page.served.tasks) == [0, 5]


def in_their_language(page):
    page.write("late", (ADA, "en-GB", "A-1"), (BOB, "pt_BR", "A-2"), (CAI, "fr", "A-3"))
    page.run()
    assert page.texts(ADA) == ["Order A-1 is late."]
    assert page.texts(BOB) == ["O pedido A-2 está atrasado."]
    assert page.texts(CAI) == ["Order A-3 is late / está atrasado."]


def approved(page):
    page.save("late.csv", f"to,order\n{ADA},A-1\n")
    assert page.test_dag(mark_success_pattern="approve") == "success"
    assert page.texts(ADA) == ["Order A-1 is late."]


def waited_for(page):
    page.fill_in(rest=ONE_CONTACT)
    with pytest.raises(TaskDeferred):
        page.run()
    assert page.texts(ADA) == ["Hello"]


def in_parts(page):
    page.save("late.csv", f"to,name\n{ADA},Ada\n{CAI},Cai\n")
    assert page.test_dag() == "success"
    assert page.texts(CAI) == ["Hello Cai."]


def in_their_time(page):
    exec(code_of("contact-hours.md", "TEXAS = ["), page.names)  # noqa: S102 - our own page
    page.names["ZONES_BY_ZIP"] = {"73301": "America/Chicago"}
    page.write("customers", (ADA, "", "73301"), (CAI, "America/New_York", ""))
    with at(NOON, page.served):
        page.run()
    assert page.texts(ADA) == page.texts(CAI) == ["Hello."]


def scheduled(page):
    # There has to be such a DAG; and below Airflow 3.3 the task is deferred until the run is due.
    page.code = page.code.replace("satisfaction_survey", page.dag_id).replace("P30D", "1s")
    opening = f'opened = CreateInteractionOperator(task_id="open", channel="sms", to="{ADA}")'
    assert page.test_dag(f"{opening}\n{{}}") == "success"


def from_python(page):
    page.execute()
    assert page.texts("+12025550117") == ["Your order is late."]


def transcript(page):
    opened = page.open()
    page.fill_in(CH=opened["conversation_sid"])
    assert page.execute()["transcript"].items == []


def one_client(page):
    opened = page.open()
    page.fill_in(CH=opened["conversation_sid"])
    body = "".join(f"    {line}\n" for line in page.code.splitlines())
    page.names["conversations"] = conversations
    page.code = f"async def main():\n{body}    return conversation"
    assert asyncio.run(page.execute()["main"]()).sid == opened["conversation_sid"]


def into_a_table(page):
    page.open()
    page.run()
    assert page.query("SELECT channel FROM outreach") == [("sms",)]


def into_a_file(page):
    page.open()
    page.run()
    assert (page.folder / "outreach" / "2026-11-23.parquet").exists()


def opted_out(page):
    page.write("opt_out", (ADA,))
    page.fill_in(rest=ONE_CONTACT)
    [returned] = page.run()
    assert (returned["suppressed"], returned["opened"]) == (1, 0)


def watched(page):
    [watcher] = page.execute()["replies"].watchers
    assert type(watcher.trigger) is public("FlexReplyTrigger")


def watched_on_redis(page):
    from airflow.providers.common.messaging.triggers.msg_queue import MessageQueueTrigger

    page.names["MessageQueueTrigger"] = MessageQueueTrigger
    page.code = f"made = {page.code}"
    assert page.execute()["made"].trigger.channels == "flexout-events"


def before_the_provider(page):
    connection, extra = page.served.connection(), page.served.connection()["extra"]
    for name, value in (("SID", connection["login"]), ("TOKEN", connection["password"])):
        page.fixture("monkeypatch").setenv(f"AIRFLOW_VAR_TWILIO_{name}", value)
    sids = ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")
    to_sandbox = ToSandbox(page.served.base_url, None)
    page.names |= {
        "json": json,
        "Variable": Variable,
        "Client": partial(Client, http_client=to_sandbox),
        "ROUTING": {name: extra[name] for name in sids},
    }
    tell = page.execute()["tell"].function
    for attempt in (1, 2):  # the second one is what Airflow does when the worker of the first has died
        tell({"phone": ADA, "text": "Late"})
        page.served.clock.advance("1m")
        assert page.texts(ADA) == ["Late"]
        assert len(page.served.tasks) == attempt


def a_readers_test(page):
    [dag] = [code for name, code in WHOLE if name == page.page]
    page.names["tell_ada_dag"] = page.fixture("dag_of")(dag)
    page.code = page.code.replace("from dags.tell_ada import tell_ada_dag\n", "")
    [test] = [each for name, each in page.execute().items() if name.startswith("test_")]
    test(page.served)


READ = {
    ("agents.md", '"worker": "ada"'): by_name,
    ("agents.md", "require_available_agents=True"): held_for_an_agent,
    ("agents.md", "InviteAgentOperator("): with_specialists,
    ("agents.md", "TransferInteractionOperator("): with_specialists,
    ("agents.md", "UpdateTaskAttributesOperator("): attributes_changed,
    ("agents.md", "interactions.park("): steered,
    ("agents.md", "register_webhook("): told_by_webhook,
    ("agents.md", "flex_sandbox.agent("): agents_in_a_test,
    ("alerts.md", "recovery=True"): recovered,
    ("alerts.md", "DeadlineAlert("): at_a_deadline,
    ("alerts.md", "rehearsal={"): rehearsed_plan,
    ("alerts.md", "def see_to_orders"): started_by_an_alert,
    ("bulk.md", '"id": "customer"'): campaign_from_a_file,
    ("bulk.md", "FROM reminders"): rows_of_their_own,
    ("bulk.md", "message={"): in_their_language,
    ("bulk.md", "ApprovalOperator("): approved,
    ("bulk.md", "delivery_timeout="): waited_for,
    ("bulk.md", "parts_of("): in_parts,
    ("contact-hours.md", "ZONES_BY_ZIP"): in_their_time,
    ("follow-ups.md", "schedule_follow_up("): scheduled,
    ("hook.md", "open_once("): from_python,
    ("hook.md", "list_messages("): transcript,
    ("moving.md", "client.flex_api"): before_the_provider,
    ("push.md", 'name="replies"'): watched,
    ("push.md", "redis+pubsub"): watched_on_redis,
    ("requests.md", "shared_async_conn"): one_client,
    ("results.md", "OutreachToSqlOperator("): into_a_table,
    ("results.md", "OutreachToObjectStorageOperator("): into_a_file,
    ("results.md", "FROM opt_out"): opted_out,
    ("testing.md", "def test_ada_is_told"): a_readers_test,
    ("testing.md", "def test_a_lost_response"): a_readers_test,
    ("testing.md", "def test_the_workflow_takes_it"): a_readers_test,
}
"""A piece, by words that no other of its page has, and what is done with it."""
ELSEWHERE = {
    ("contact-hours.md", "TEXAS = ["),  # with the other piece of its page
    ("push.md", "def handler("),  # test_docs_push.py
    ("push.md", 'scheme="sqs", sqs_queue="https://sqs…"'),  # dags_examples/reply_from_queue.py is like it
    ("push.md", "max_messages=10"),  # these three in tests/system/queues, where their clients are
    ("push.md", 'scheme="kinesis"'),
    ("push.md", 'scheme="kafka"'),
}


@pytest.mark.parametrize(("page", "mark"), READ, ids=[f"{page} {mark[:20]}" for page, mark in READ])
def test_the_piece_does_what_its_page_says(request, page, mark):
    READ[page, mark](Page(request, page, mark))


def test_each_piece_is_run():
    run = {(page, code_of(page, mark)) for page, mark in READ.keys() | ELSEWHERE}
    assert set(PIECES) - {*WHOLE, *GROUPS} == run
