"""``flexout history``, against a served sandbox."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from airflow_provider_flexout.cli.main import build_app
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.twilio.api.conversations import create_conversation, create_participant
from airflow_provider_flexout.twilio.api.messages import create_message

ADA = "+12025550143"


def history(*arguments):
    return CliRunner().invoke(build_app(), ["history", *arguments])


@pytest.fixture
def contacted(run, served):
    served.customer(ADA).fails(30003)
    served.customer(f"whatsapp:{ADA}").receives("1s", reads_after="2s").replies("STOP", after="1m")
    for channel, name in (("sms", "spring"), ("whatsapp", "autumn")):
        campaign = BulkOutreachOperator(
            task_id="reach",
            channel=channel,
            campaign=name,
            message="Hello" if channel == "sms" else None,
            content_sid=None if channel == "sms" else served.templates[0].sid,
            content_variables=None if channel == "sms" else {"1": "Ada", "2": "late"},
            contacts=[{"to": ADA, "id": 7}],
            agent="on_reply",
        )
        run(campaign, dag_id="marketing", run_id=f"by {channel}")
        served.clock.advance("1h")
    with FlexHook().get_conn() as client:
        sid = client.send(create_conversation()).sid
        client.send(create_participant(sid, address=ADA, proxy_address="+15005550009"))
        client.send(create_message(sid, body="Somebody else's"))
    say = SendConversationMessageOperator(task_id="say", conversation_sid=sid, body="Our own.")
    run(say, dag_id="alerts", run_id="by hand")
    served.clock.advance("1h")


def as_on_the_clock(served: Sandbox):
    return [f"{one.created:%Y-%m-%d %H:%M:%S}" for one in served.conversations]


def test_it_reads_well(served, contacted):
    shown = history("+1 (202) 555-0143")
    assert shown.exit_code == 0, shown.output
    first, second, third = as_on_the_clock(served)
    sids = [one.sid for one in served.conversations]
    messages = [one for each in served.conversations for one in each.transcript]
    at = [f"{one.at:%Y-%m-%d %H:%M:%S}" for one in messages]
    gap = " " * 19
    assert shown.output.splitlines() == [
        "3 outreaches, the oldest first. Looked for: +1•••••0143, whatsapp:+1•••••0143. Times are UTC.",
        "",
        f"{first}  sms to +1•••••0143, {sids[0]}, active",
        f"{gap}  opened by task reach of marketing, run by sms",
        f"{gap}  campaign spring, contact 7",
        f"{at[0]}    message, undelivered (30003), task reach",
        "",
        f"{second}  whatsapp to whatsapp:+1•••••0143, {sids[1]}, active",
        f"{gap}  opened by task reach of marketing, run by whatsapp",
        f"{gap}  campaign autumn, contact 7",
        f"{at[1]}    message, read, task reach",
        f"{at[2]}    reply",
        f"{at[2]}    opted out",
        "",
        f"{third}  sms to +1•••••0143, {sids[2]}, active",
        f"{gap}  not opened by an outreach",
        f"{at[3]}    message of the system, undelivered (30003)",
        f"{at[4]}    message, undelivered (30003), task say of alerts, run by hand",
    ]


def test_as_json(contacted):
    told = json.loads(history(ADA, "--json").output)
    assert told == [one.as_dict() for one in FlexHook().history(ADA)]
    assert [one["campaign"] for one in told] == ["spring", "autumn", None]


def test_an_empty_answer_says_what_was_looked_for(served, use_connection):
    assert history("+5215512345678").output == (
        "No outreach was found. Looked for: +5•••••5678, whatsapp:+5•••••5678.\n"
    )
    assert history("--json", "guest_42").output == "[]\n"
    assert "Looked for: gu•••." in history("guest_42", "--channel", "web").output


def test_what_is_wrong_is_a_sentence(served, use_connection):
    for given, problem in (
        (["2025550143"], "Did you mean +1•••••0143?"),
        (["guest_42", "--channel", "pigeon"], "'pigeon' is not a channel"),
    ):
        done = history(*given)
        assert (done.exit_code, done.stdout) == (1, "")
        assert problem in done.stderr
        assert "5550143" not in done.stderr
    served.faults.fail("ListParticipantConversation", 403, times=None)
    done = history(ADA)
    assert (done.exit_code, "HTTP 403" in done.stderr) == (1, True)
    assert "5550143" not in done.stderr


@pytest.mark.usefixtures("airflow_database")
def test_a_connection_that_is_not_there_is_named(served):
    done = history(ADA, "--conn-id", "there_is_none")
    assert done.exit_code == 1
    assert "`there_is_none` isn't defined" in done.stderr
