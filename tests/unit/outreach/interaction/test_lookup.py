"""Whether an outreach is open, as its conversation tells."""

from __future__ import annotations

import dataclasses
import json

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import ContactedAlready
from airflow_provider_flexout.outreach.interaction.lookup import (
    check_not_contacted,
    find_earlier,
    find_task,
    is_open,
    look_until,
    oldest_task,
    result_of_interaction,
    result_of_task,
)
from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.twilio.api.conversations import (
    Conversation,
    ParticipantConversationPage,
    create_conversation,
    update_conversation,
)
from airflow_provider_flexout.twilio.api.interactions import Interaction
from airflow_provider_flexout.twilio.api.messages import MessagePage
from airflow_provider_flexout.twilio.api.tasks import Task, TaskPage, update_task
from airflow_provider_flexout.twilio.http.errors import NotFound, TwilioError


@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
def test_an_outreach_is_open_once_its_interaction_is(client, attempt, plan, strategy):
    opening = plan(strategy=strategy)
    assert not client.run(is_open(opening))
    attempt(strategy=strategy)
    assert client.run(is_open(opening))


def test_it_is_open_when_only_the_writing_down_failed(client, attempt, plan, sandbox):
    sandbox.faults.fail("UpdateConversation", 400, times=None)
    attempt()
    assert client.run(is_open(plan()))


def test_it_is_not_open_while_nobody_was_reached(client, attempt, plan, sandbox):
    sandbox.faults.fail("CreateInteraction", 503, times=None)
    with pytest.raises(TwilioError):
        attempt()
    assert len(sandbox.conversations) == 1
    assert not client.run(is_open(plan()))


def test_a_given_conversation_is_open_when_this_outreach_routed_it(client, attempt, plan):
    sid = attempt().conversation_sid
    given = {"channel": "sms", "to": None, "initiated_by": "api", "media_channel_sid": sid}
    assert client.run(is_open(plan(**given)))
    assert not client.run(is_open(plan(**given, key="fx" + "0" * 32)))


def test_of_several_tasks_the_oldest_is_found():
    """All attempts have to find the same one, in whatever order Twilio lists them."""
    seconds = {"WT0": 2, "WT3": 1, "WT1": 0, "WT2": 0}
    dates = {sid: f"2026-11-28T10:00:0{second}Z" for sid, second in seconds.items()}
    tasks = [{"sid": sid, "date_created": date, "attributes": '{"a": 1}'} for sid, date in dates.items()]
    for listed in (tasks, tasks[::-1]):
        search = oldest_task("WS1", 'flexout_key == "fx1"')
        next(search)
        with pytest.raises(StopIteration) as found:
            search.send(TaskPage.model_validate({"tasks": listed}))
        assert found.value.value.sid == "WT1"


@pytest.mark.parametrize("left", ["flexout_key", "conversationSid"])
def test_a_task_is_found_by_the_key_or_by_the_conversation(client, attempt, plan, sandbox, left):
    """Whoever writes a task's attributes anew, such as a CRM, may leave out either."""
    opened = attempt()
    attributes = sandbox.tasks[0].attributes
    other = {"flexout_key": "conversationSid", "conversationSid": "flexout_key"}[left]
    rewritten = {name: value for name, value in attributes.items() if name != other}
    client.send(update_task(plan().workspace_sid, opened.task_sid, attributes=json.dumps(rewritten)))
    assert client.run(find_task(plan(), opened.conversation_sid)).task_sid == opened.task_sid
    assert client.run(find_task(plan(key="fx" + "0" * 32), "CH" + "0" * 32)) is None


ADDRESS = "+12025550117"


class Twilio:
    """Responds to a procedure's requests from what it is told of, and keeps the names of the requests."""

    def __init__(self, *conversations, deleted=(), messages=()):
        self._listed, self._deleted, self._messages = conversations, deleted, messages
        self.asked = []

    def run(self, procedure):
        response = None
        try:
            while True:
                step = (
                    procedure.throw(response) if isinstance(response, Exception) else procedure.send(response)
                )
                sid = step.path.split("/")[3] if step.name != "ListParticipantConversation" else ""
                self.asked.append(f"{step.name} {sid}".strip())
                response = self._respond(step.name, sid)
        except StopIteration as done:
            return done.value

    def _respond(self, name, sid):
        if name == "ListParticipantConversation":
            return ParticipantConversationPage.model_validate({"conversations": list(self._listed)})
        if sid in self._deleted:
            return NotFound(name, "gone")
        if name == "ListConversationMessage":
            return MessagePage.model_validate({"messages": [{"sid": "IM1"}] if sid in self._messages else []})
        return Conversation.model_validate({"sid": sid})


def listed(sid, record, created="2026-11-28T10:00:00Z"):
    """A conversation in the customer's list, with the outreach's record of it."""
    return {
        "conversation_sid": sid,
        "conversation_attributes": json.dumps(record.write_into({}) if record else {}),
        "conversation_date_created": created,
    }


@pytest.fixture
def record(plan):
    """Make a record: by default, of an outreach whose interaction is there."""

    def make(*, sids=True, **arguments):
        made = new_record(plan(**arguments), "first", 0.0)
        return dataclasses.replace(made, sids={"interaction_sid": "KD1"}) if sids else made

    return make


def test_an_earlier_conversation_is_known_by_the_key_whatever_its_name_is(plan, record):
    other = record(key=derive_key("other"))
    twilio = Twilio(listed("CH1", other), listed("CH2", None), listed("CH3", record()))
    assert twilio.run(find_earlier(plan(retried=True))).sid == "CH3"
    assert twilio.asked == ["ListParticipantConversation", "FetchConversation CH3"]


def test_the_one_that_has_the_name_now_is_passed_over(plan, record):
    twilio = Twilio(listed("CH1", record()))
    assert twilio.run(find_earlier(plan(retried=True), "CH1")) is None
    assert twilio.run(find_earlier(plan(retried=True), "CH2")).sid == "CH1"


def test_of_several_the_one_with_sids_counts_and_then_the_oldest(plan, record):
    day = "2026-11-28T10:00:0{}Z".format
    bare = listed("CH1", record(sids=False), day(0))
    twilio = Twilio(bare, listed("CH2", record(), day(2)), listed("CH3", record(), day(1)))
    assert twilio.run(find_earlier(plan(retried=True))).sid == "CH3"
    bare_ones = Twilio(listed("CH5", record(sids=False), day(3)), bare)
    assert bare_ones.run(find_earlier(plan(retried=True))).sid == "CH1"


def test_one_that_is_deleted_and_still_listed_is_passed_over(plan, record):
    twilio = Twilio(listed("CH1", record()), listed("CH2", record()), deleted=["CH1"])
    assert twilio.run(find_earlier(plan(retried=True))).sid == "CH2"
    assert Twilio(listed("CH1", record()), deleted=["CH1"]).run(find_earlier(plan(retried=True))) is None


def test_where_nobody_else_can_have_used_the_key_nobody_is_asked(plan, record):
    twilio = Twilio(listed("CH1", record()))
    assert twilio.run(find_earlier(plan())) is None
    assert twilio.asked == []
    assert twilio.run(find_earlier(plan(shared_key=True))).sid == "CH1"
    given = plan(channel="sms", to=None, media_channel_sid="CH" + 32 * "0", initiated_by="api", retried=True)
    assert Twilio(listed("CH1", record())).run(find_earlier(given)) is None


CAMPAIGN = derive_key("campaign")


@pytest.fixture
def row(plan):
    """A row of a campaign."""
    return lambda name, campaign=CAMPAIGN: dataclasses.replace(
        plan(key=derive_key(name), retried=True), campaign=campaign
    )


@pytest.mark.parametrize("ours", ["another row", "the same row"])
@pytest.mark.parametrize("campaign", [CAMPAIGN, derive_key("another campaign"), None])
@pytest.mark.parametrize("told", [True, False])
def test_a_campaign_contacts_a_person_once_under_whatever_key(row, ours, campaign, told):
    """It has when a message is there; a killed attempt leaves a conversation without one."""
    theirs = new_record(row(ours, campaign), "first", 0.0)
    twilio = Twilio(listed("CH0", None), listed("CH1", theirs), messages=["CH1"] if told else [])
    procedure = check_not_contacted(row("the same row"), twilio_page(twilio))
    if ours == "another row" and campaign == CAMPAIGN and told:
        with pytest.raises(ContactedAlready, match="CH1"):
            twilio.run(procedure)
    else:
        twilio.run(procedure)
    assert twilio.asked == ["ListConversationMessage CH1"] * (ours == "another row" and campaign == CAMPAIGN)


def twilio_page(twilio):
    return twilio._respond("ListParticipantConversation", "").items


def test_each_of_the_persons_conversations_is_looked_at(row):
    theirs = new_record(row("another row"), "first", 0.0)
    twilio = Twilio(
        *(listed(sid, theirs) for sid in ("CH1", "CH2", "CH3")), deleted=["CH1"], messages=["CH3"]
    )
    with pytest.raises(ContactedAlready, match="CH3"):
        twilio.run(find_earlier(row("the same row")))
    assert twilio.asked[1:] == [f"ListConversationMessage CH{number}" for number in (1, 2, 3)]


@pytest.mark.parametrize("campaign", [CAMPAIGN, None])
def test_nobody_of_an_outreach_without_a_campaign_is_asked_for_one(plan, row, campaign):
    twilio = Twilio(listed("CH1", new_record(row("another row", campaign), "first", 0.0)), messages=["CH1"])
    assert twilio.run(find_earlier(plan(retried=True))) is None
    assert twilio.asked == ["ListParticipantConversation"]


def test_one_message_tells_whether_there_are_any(row):
    theirs = listed("CH1", new_record(row("another row"), "first", 0.0))
    assert (
        next(check_not_contacted(row("the same row"), twilio_page(Twilio(theirs)))).query["PageSize"] == "1"
    )


def test_one_that_lost_its_name_is_open(client, attempt, plan, sandbox):
    sid = attempt().conversation_sid
    client.send(update_conversation(sid, unique_name="somebody's"))
    assert client.run(is_open(plan(retried=True)))
    assert not client.run(is_open(plan()))


def test_one_that_began_without_an_agent_is_open(client, plan, record):
    request = plan()
    begun = dataclasses.replace(record(sids=False), on_reply="FW1")
    client.send(create_conversation(unique_name=request.unique_name, attributes=begun.write_into({})))
    assert client.run(is_open(request))


def test_a_name_without_our_record_is_not_open(client, plan):
    client.send(create_conversation(unique_name=plan().unique_name))
    assert not client.run(is_open(plan()))


def found_task(plan, attributes, conversation_sid="CH1", **more):
    return result_of_task(
        plan(), Task(sid="WT1", attributes=json.dumps(attributes)), conversation_sid, **more
    )


def test_a_tasks_attributes_name_the_sids(plan):
    attributes = {
        "conversationSid": "CH2",
        "flexInteractionSid": "KD1",
        "flexInteractionChannelSid": "UO1",
        "flexChannelInviteSid": "KG1",
    }
    expected = InteractionResult("KD1", "UO1", "CH2", "WT1", "KG1", "sms", created=False)
    assert found_task(plan, attributes) == expected
    assert found_task(plan, attributes, created=True) == dataclasses.replace(expected, created=True)


def test_where_they_name_none_the_conversation_is_the_one_that_was_asked_for(plan):
    """Twilio's pages differ on where the SIDs stand, and on which SID stands there."""
    for attributes in ({}, {"conversationSid": "UT1"}):
        assert found_task(plan, attributes).conversation_sid == "CH1"
    assert found_task(plan, {"conversations": {"conversation_id": "KD2"}}).interaction_sid == "KD2"
    assert found_task(plan, {}).interaction_sid is None
    assert found_task(plan, {}, None) is None


def test_a_task_that_is_listed_without_attributes_is_fetched():
    search = oldest_task("WS1", 'flexout_key == "fx1"')
    listing = next(search)
    assert listing.query["EvaluateTaskAttributes"] == 'flexout_key == "fx1"'
    fetch = search.send(TaskPage.model_validate({"tasks": [{"sid": "WT1", "attributes": "{}"}]}))
    assert fetch.path.endswith("/Workspaces/WS1/Tasks/WT1")
    with pytest.raises(StopIteration) as found:
        search.send(Task(sid="WT1", attributes='{"a": 1}'))
    assert found.value.value.attribute_object == {"a": 1}


def interaction(properties, channel="UO1"):
    return Interaction.model_validate(
        {"sid": "KD1", "channel": {"sid": channel}, "routing": {"properties": properties}}
    )


def test_the_response_to_a_create_names_the_sids_or_is_not_enough(plan):
    named = {"sid": "WT1", "attributes": json.dumps({"conversationSid": "CH1", "flexInteractionSid": ""})}
    expected = InteractionResult("KD1", "UO1", "CH1", "WT1", None, "sms", created=True)
    assert result_of_interaction(plan(), interaction(named)) == expected
    assert result_of_interaction(plan(), interaction({"sid": "WT1", "attributes": "{}"}), "CH1") == expected
    for missing in (interaction({"attributes": "{}"}), interaction(named, channel=None)):
        assert result_of_interaction(plan(), missing, "CH1") is None
    assert result_of_interaction(plan(), interaction({"sid": "WT1", "attributes": "{}"})) is None


@pytest.mark.parametrize(
    ("until", "pauses"),
    [(-1.0, []), (0.0, []), (0.5, [0.5]), (4.0, [4.0]), (5.0, [5.0]), (12.5, [5.0, 5.0, 2.5])],
)
def test_looking_until_a_moment_ends_with_a_look_after_it(until, pauses):
    waited, looks = [], 0

    def look():
        nonlocal looks
        looks += 1
        yield from ()

    waited.extend(pause.seconds for pause in look_until(look, until, lambda: sum(waited)))
    assert (waited, looks) == (pauses, len(pauses) + 1)


def test_what_is_found_ends_it():
    def look():
        yield from ()
        return "found"

    with pytest.raises(StopIteration) as done:
        next(look_until(look, 100.0, lambda: 0.0))
    assert done.value.value == "found"


def test_a_chat_users_conversations_are_listed_by_their_identity(plan):
    listing = next(find_earlier(plan(channel="chat", to="ada", initiated_by="api", retried=True)))
    assert listing.query["Identity"] == "ada"


def test_one_whose_task_was_written_anew_is_open(client, attempt, plan, sandbox):
    sandbox.faults.fail("UpdateConversation", 400, times=None)
    opened = attempt()
    left = json.dumps({"conversationSid": opened.conversation_sid})
    client.send(update_task(plan().workspace_sid, opened.task_sid, attributes=left))
    assert client.run(is_open(plan()))
