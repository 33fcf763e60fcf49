"""A probe finds out how the sandbox behaves, and leaves nothing behind, whatever stops it."""

from __future__ import annotations

import itertools
import random
from dataclasses import fields, replace

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.probe.probe import TASKS
from airflow_provider_flexout.outreach.probe.questions import NOT_PROBED, QUESTIONS
from airflow_provider_flexout.sandbox.wire.assumptions import ASSUMPTIONS
from airflow_provider_flexout.sandbox.wire.settings import SandboxSettings
from airflow_provider_flexout.twilio.api.conversations import create_conversation, create_participant
from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed
from tests.crash.faults import Interrupted
from tests.unit.outreach.probe.conftest import OWN

CHOICES = [(setting, choice) for setting, question in QUESTIONS.items() for choice in question.choices]
DURATIONS = [setting for setting, question in QUESTIONS.items() if not question.choices]
LATE = 3.4
POLL = 1.0


def wrong(sandbox, probe):
    """List what a probe has found that is not so."""
    actual = sandbox.settings.as_dict()
    return [
        (one, actual[one.setting])
        for one in probe.findings
        if one.value is not None
        and not (
            0 <= one.value - actual[one.setting] <= POLL
            if isinstance(one.value, float)
            else one.value == actual[one.setting]
        )
    ]


def open_things(sandbox):
    """List what somebody would still have to do with."""
    return [
        *(one.sid for one in sandbox.conversations),
        *(one.sid for one in sandbox.tasks if one.status not in ("completed", "canceled")),
        *sandbox._store.pairs,
    ]


def test_each_setting_of_the_sandbox_is_found_out_or_has_a_reason_why_not():
    assert not QUESTIONS.keys() & NOT_PROBED.keys()
    assert QUESTIONS.keys() | NOT_PROBED.keys() == {one.name for one in fields(SandboxSettings)}
    choices = {one.setting: set(one.choices) for one in ASSUMPTIONS}
    for setting, question in QUESTIONS.items():
        assert set(question.choices) == choices.get(setting, set()), setting


@pytest.mark.parametrize(("setting", "choice"), CHOICES)
def test_each_choice_of_each_setting_is_found(probed, sandbox, setting, choice):
    sandbox.settings.update({setting: choice})
    probe = probed()
    found = {one.setting: one for one in probe.findings}
    assert found[setting].value == choice, found[setting]
    assert found[setting].seen >= 1
    assert not wrong(sandbox, probe)
    unclear = {one.setting for one in probe.findings if one.value is None}
    assert unclear <= {"short_code"}, unclear  # where no sender is taken that is not the account's
    assert ("short_code" in unclear) == (setting == "unknown_sender" and choice == "refuse")
    assert not open_things(sandbox) or choice == "keep"


@pytest.mark.parametrize("setting", DURATIONS)
def test_each_time_is_measured(probed, sandbox, setting):
    assert all(one.value == 0.0 for one in probed().findings if one.setting in DURATIONS)
    sandbox.settings.update({setting: LATE})
    probe = probed()
    [found] = [one for one in probe.findings if one.setting == setting]
    assert LATE <= found.value <= LATE + POLL
    assert not wrong(sandbox, probe)


@pytest.mark.parametrize("setting", DURATIONS)
def test_what_takes_too_long_is_not_clear(probed, sandbox, setting):
    sandbox.settings.update({setting: "10m"})
    probe = probed()
    assert not wrong(sandbox, probe)
    [found] = [one for one in probe.findings if one.setting == setting]
    assert found.value is None
    assert found.remark


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_found_that_is_not_so_whatever_the_other_settings_are(probed, sandbox, seed):
    draw = random.Random(seed)  # noqa: S311 - the same settings each time
    sandbox.settings.update({one.setting: draw.choice(list(one.choices)) for one in ASSUMPTIONS})
    sandbox.settings.update({setting: draw.choice([0, 0, LATE]) for setting in DURATIONS})
    probe = probed()
    assert not wrong(sandbox, probe)
    assert sum(one.value is None for one in probe.findings) <= 3, probe.findings


def test_what_varies_is_not_clear(probed, sandbox):
    sandbox.faults.fail("UpdateConversation", status=400, code=20001, times=1)
    found = {one.setting: one for one in probed().findings}
    assert found["unknown_fields"].value == "refuse"
    assert found["unknown_fields"].seen == 9


def test_an_agent_who_accepts_leaves_it_unclear_what_becomes_of_a_task_that_nobody_accepted(probed, sandbox):
    sandbox.agent().accepts(after=0)
    probe = probed()
    found = {one.setting: one for one in probe.findings}
    assert found["unaccepted_task"].value is found["cancel_task"].value is None
    assert "assigned" in found["unaccepted_task"].remark
    assert not wrong(sandbox, probe)
    assert not open_things(sandbox)


def test_an_account_without_whatsapp_studio_and_agent(probed, sandbox, defaults):
    senders = {"sms_from": defaults.senders["sms_from"]}
    given = replace(defaults, studio_flow_sid=None, worker_sid=None, queue_sid=None, senders=senders)
    probe = probed(given=given)
    unclear = {one.setting: one.remark for one in probe.findings if one.value is None}
    assert unclear == {
        "user_id_participant": "the connection has no whatsapp_from",
        "replay_ahead": "the connection has no studio_flow_sid",
    }
    assert not open_things(sandbox)


def test_by_whatsapp(probed, sandbox):
    probe = probed(f"whatsapp:{OWN}")
    assert [one.setting for one in probe.findings if one.value is None] == ["unfit_file"]
    assert not wrong(sandbox, probe)
    assert not open_things(sandbox)
    # Nobody has written, so WhatsApp takes templates only.
    assert probe.text_status == "has the status failed, code 63016"


def test_what_it_costs(probed, sandbox):
    sandbox.settings.second_interaction = "accept"
    probed()
    assert len(sandbox.tasks) == TASKS[1]
    sandbox.settings.second_interaction = "refuse"
    probed()
    assert len(sandbox.tasks) == TASKS[0] + TASKS[1]
    assert sandbox.requests.count("CreateMedia") == 2


def interrupted(procedure, step):
    """Carry a procedure out, with a Ctrl-C in place of the response to one of its steps."""
    outcome = None
    for number in itertools.count(1):
        if number == step:
            outcome = Interrupted()
        call = procedure.throw(outcome) if isinstance(outcome, BaseException) else procedure.send(outcome)
        try:
            outcome = yield call
        except Exception as error:
            outcome = error


@pytest.mark.parametrize("step", range(2, 100, 5))
def test_a_ctrl_c_at_any_step_leaves_nothing_behind(probe_of, connect, sandbox, step):
    sandbox.settings.second_interaction = "accept"
    probe = probe_of()
    with connect() as client, pytest.raises(Interrupted):
        client.run(interrupted(probe.run(), step))
    assert not open_things(sandbox)
    assert not probe.left


@pytest.mark.parametrize(
    "operation",
    [
        "CreateConversation",
        "CreateInteraction",
        "CreateConversationParticipant",
        "UpdateInteractionChannel",
        "UpdateConversation",
        "CreateConversationMessage",
        "FetchTask",
        "DeleteConversation",
    ],
)
@pytest.mark.parametrize("fault", ["drop_response", "lose_request", "fail"])
def test_faults_leave_nothing_behind_and_no_wrong_finding(probed, sandbox, operation, fault):
    plant = getattr(sandbox.faults, fault)
    plant(operation, times=6, **({"status": 503} if fault == "fail" else {}))
    probe = probed()
    assert not wrong(sandbox, probe)
    assert not open_things(sandbox)
    assert not probe.left


def test_what_could_not_be_cleaned_up_is_said(probed, sandbox):
    sandbox.settings.unaccepted_task = "keep"
    sandbox.faults.fail("DeleteConversation", status=400, code=20001, times=None)
    probe = probed()
    live = {one.sid for one in sandbox.tasks if one.status not in ("completed", "canceled")}
    there = {one.sid for one in sandbox.conversations}
    assert live
    assert there
    for sid in live | there:
        assert any(sid in line for line in probe.left), sid


def test_a_conversation_that_the_address_has_is_not_touched(probed, sandbox, client, defaults):
    sid = client.send(create_conversation()).sid
    client.send(create_participant(sid, address=OWN, proxy_address=defaults.senders["sms_from"]))
    with pytest.raises(InvalidInput, match=f"open conversation with this sender already.*{sid}") as refused:
        probed()
    assert OWN not in str(refused.value)
    assert [one.sid for one in sandbox.conversations] == [sid]
    assert not sandbox.tasks


def test_without_permission_it_ends_with_the_reason(probed, sandbox):
    sandbox.faults.fail("CreateInteraction", status=403, code=20003, times=None)
    with pytest.raises(AuthenticationFailed, match="CreateInteraction"):
        probed()
    assert not open_things(sandbox)


def test_nothing_personal_is_in_what_it_says(probed, sandbox):
    told = []
    sandbox.faults.fail("DeleteConversation", status=400, code=20001, times=None)
    probe = probed(tell=told.append)
    said = repr([probe.findings, probe.left, told, probe.text_status])
    assert OWN not in said
    assert OWN[2:] not in said
    assert "+1•••••0143" in said
