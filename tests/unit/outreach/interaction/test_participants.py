"""A customer who is in another open conversation with the same sender."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.outreach.interaction.participants import (
    add_customer,
    open_conversation_of,
    with_sender,
)
from airflow_provider_flexout.outreach.timing import PAIR_RELEASE_WAITS
from airflow_provider_flexout.twilio.api.conversations import (
    ParticipantConversation,
    create_conversation,
    create_participant,
    delete_conversation,
    update_conversation,
)
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import Conflict, NotFound

both = pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])


@both
def test_an_open_conversation_elsewhere_is_named_and_nothing_is_left_behind(
    attempt, sandbox, elsewhere, strategy
):
    with pytest.raises(AlreadyTalking, match=elsewhere):
        attempt(strategy=strategy)
    assert [one.sid for one in sandbox.conversations] == [elsewhere]
    assert sandbox.interactions == []


@both
def test_an_open_conversation_elsewhere_is_joined(attempt, sandbox, elsewhere, strategy):
    opened = attempt(strategy=strategy, on_open_conversation="join")
    assert opened.conversation_sid == elsewhere
    assert (opened.interaction_sid, opened.created) == (None, False)
    assert len(sandbox.conversations) == 1


@both
def test_joining_gives_the_sids_of_the_interaction_that_is_there(attempt, sandbox, strategy):
    first = attempt(strategy=strategy)
    joined = attempt(strategy=strategy, on_open_conversation="join", key=derive_key("another"))
    assert joined.as_dict() == first.as_dict() | {"created": False}
    assert len(sandbox.conversations) == len(sandbox.interactions) == 1


@both
def test_a_closed_conversation_elsewhere_is_in_nobodys_way(attempt, sandbox, client, elsewhere, strategy):
    sandbox.settings.pair_release = 5.0
    client.send(update_conversation(elsewhere, state="closed"))
    assert attempt(strategy=strategy).created
    assert len(sandbox.interactions) == 1


MEXICAN = ("whatsapp:+525512345678", "whatsapp:+5215512345678")


@pytest.fixture(params=[MEXICAN, MEXICAN[::-1]])
def two_forms(request, client, sandbox):
    """A customer who talks with our WhatsApp sender under one form of their number; and the other form."""
    talking, other = request.param
    sid = client.send(create_conversation()).sid
    sender = sandbox.connection()["extra"]["whatsapp_from"]
    client.send(create_participant(sid, address=talking, proxy_address=sender))
    return sid, other


@both
def test_an_open_conversation_under_another_form_of_the_number_is_named(
    attempt, sandbox, two_forms, strategy
):
    sid, other = two_forms
    with pytest.raises(AlreadyTalking, match=sid):
        attempt(strategy=strategy, channel="whatsapp", to=other)
    assert [one.sid for one in sandbox.conversations] == [sid]
    joined = attempt(
        strategy=strategy, channel="whatsapp", to=other, on_open_conversation="join", key=derive_key("join")
    )
    assert joined.conversation_sid == sid


@both
def test_another_sender_is_no_open_conversation_under_another_form(attempt, sandbox, two_forms, strategy):
    _, other = two_forms
    opened = attempt(strategy=strategy, channel="whatsapp", to=other, from_="whatsapp:+15005550009")
    assert opened.created
    assert len(sandbox.conversations) == 2


@both
def test_what_is_sent_is_the_form_that_was_given(attempt, sandbox, strategy):
    attempt(strategy=strategy, channel="whatsapp", to=MEXICAN[1])
    again = attempt(strategy=strategy, channel="whatsapp", to=MEXICAN[1])
    assert not again.created
    assert [one.participants[0].address for one in sandbox.conversations] == [MEXICAN[1]]


SENDER, SUPPORT = "alerts@flexout.example", "support@flexout.example"
MAIL = {"channel": "email", "to": "ada@example.com"}


@pytest.mark.parametrize("told_by", ["the conversation", "the agent", "nobody"])
def test_a_mail_thread_is_with_one_of_our_senders(attempt, sandbox, told_by):
    """Our address stands in the conversation's binding, or beside an agent who takes part, or nowhere."""
    sandbox.settings.email_binding = "set" if told_by == "the conversation" else "unset"
    if told_by == "the agent":
        sandbox.agent().accepts(after=0)
    else:
        sandbox.agent().by_hand()
    first = attempt(**MAIL, from_=SUPPORT, from_name="Support", key=derive_key("first"))
    sandbox.clock.advance("1s")
    if told_by == "nobody":
        with pytest.raises(AlreadyTalking, match=first.conversation_sid):
            attempt(**MAIL, from_=SENDER)
        return
    second = attempt(**MAIL, from_=SENDER)
    assert second.created
    sandbox.clock.advance("1s")
    with pytest.raises(AlreadyTalking, match=second.conversation_sid):
        attempt(**MAIL, from_=SENDER, key=derive_key("third"))


def test_a_thread_that_was_deleted_after_it_was_listed_counts(client, plan):
    """Nothing tells its sender, so it is taken for this one's."""
    sid = client.send(create_conversation()).sid
    listed = ParticipantConversation.model_validate(
        {
            "conversation_sid": sid,
            "conversation_state": "active",
            "participant_messaging_binding": {"type": "email", "level": "to", "address": MAIL["to"]},
        }
    )
    client.send(delete_conversation(sid))
    assert client.run(with_sender(plan(**MAIL, from_=SENDER), [listed])) == [listed]
    assert client.run(with_sender(plan(**MAIL, from_=SENDER), [listed, listed], most=1)) == [listed]


def test_the_open_conversation_of_the_customer_is_found(client, plan, elsewhere):
    assert client.run(open_conversation_of(plan())).conversation_sid == elsewhere
    client.send(update_conversation(elsewhere, state="closed"))
    assert client.run(open_conversation_of(plan())) is None


def test_whoever_holds_the_pair_and_is_deleted_meanwhile_is_waited_for(attempt, sandbox, client, elsewhere):
    """Twilio names the holder of a pair of addresses, and frees the pair a moment after its end."""
    sandbox.settings.pair_release = 1.0
    client.send(delete_conversation(elsewhere))
    assert attempt().created


@pytest.fixture
def mine(client):
    """A conversation that is being opened."""
    return client.send(create_conversation()).sid


def test_who_is_added_is_named_and_being_in_it_already_is_success(client, plan, mine, sandbox):
    sid = client.run(add_customer(plan(), mine))
    (conversation,) = sandbox.conversations
    assert [one.sid for one in conversation.participants] == [sid]
    assert client.run(add_customer(plan(), mine)) is None


def test_so_it_is_for_a_chat_user_who_may_be_in_many(client, plan, mine, sandbox):
    chat = plan(channel="chat", to="ada", initiated_by="api")
    sid = client.run(add_customer(chat, mine))
    assert sid.startswith("MB")
    assert client.run(add_customer(chat, mine)) is None
    another = client.send(create_conversation()).sid
    with pytest.raises(AlreadyTalking, match=mine):
        client.run(add_customer(chat, another))
    client.send(update_conversation(mine, state="closed"))
    assert client.run(add_customer(chat, another)).startswith("MB")


IDENTITY_CODES = [
    ErrorCode.PARTICIPANT_EXISTS,
    ErrorCode.GROUP_PARTICIPANT_EXISTS,
    ErrorCode.PARTICIPANT_IDENTITY_EXISTS,
]


@pytest.mark.parametrize("code", [*IDENTITY_CODES, ErrorCode.BINDING_TAKEN])
@pytest.mark.parametrize("there", [True, False])
def test_a_conflict_over_a_chat_user_is_success_where_they_are_there(
    client, plan, mine, sandbox, code, there
):
    """The list of their conversations may not show it yet, as after a request that the client repeated."""
    procedure = add_customer(plan(channel="chat", to="ada", initiated_by="api"), mine)
    look = next(procedure)
    create = procedure.send(client.send(look))
    client.send(create if there else create_participant(mine, identity="grace"))
    conflict = Conflict("CreateConversationParticipant", "there already", code=code)
    if code not in IDENTITY_CODES:
        with pytest.raises(Conflict):
            procedure.throw(conflict)
        return
    listing = procedure.throw(conflict)
    if there:
        with pytest.raises(StopIteration) as done:
            procedure.send(client.send(listing))
        assert done.value.value is None
    else:
        page = client.send(listing)
        with pytest.raises(Conflict):
            procedure.send(page)


class Pair:
    """Adding a customer whose pair of addresses is taken, each time that it is tried."""

    def __init__(self, plan, client, mine, message):
        self.waited, self.tries = 0.0, 0
        self._steps, self._client, self._message = add_customer(plan(), mine), client, message

    def run(self):
        response = None
        try:
            while True:
                step = (
                    self._steps.throw(response)
                    if isinstance(response, Exception)
                    else self._steps.send(response)
                )
                response = self._respond(step)
        except StopIteration as done:
            return done.value

    def _respond(self, step):
        if isinstance(step, Sleep):
            self.waited += step.seconds
            return None
        if step.name == "CreateConversationParticipant":
            self.tries += 1
            return Conflict(step.name, self._message, code=ErrorCode.BINDING_TAKEN)
        try:
            return self._client.send(step)
        except NotFound as error:
            return error


@pytest.mark.parametrize("told", [True, False])
def test_an_open_holder_is_named_at_once_by_the_error_or_by_a_look(plan, client, mine, elsewhere, told):
    pair = Pair(plan, client, mine, f"Conversation {elsewhere} has it." if told else "Taken.")
    with pytest.raises(AlreadyTalking, match=elsewhere):
        pair.run()
    assert (pair.tries, pair.waited) == (1, 0.0)


def test_a_pair_that_this_very_conversation_holds_is_success(plan, client, mine):
    pair = Pair(plan, client, mine, f"Conversation {mine} has it.")
    assert pair.run() is None
    assert (pair.tries, pair.waited) == (1, 0.0)


@pytest.mark.parametrize("holder", ["closed", "deleted", "nobody"])
def test_a_pair_whose_conversation_has_ended_is_waited_for_only_so_long(
    plan, client, mine, elsewhere, holder
):
    client.send(
        delete_conversation(elsewhere)
        if holder == "deleted"
        else update_conversation(elsewhere, state="closed")
    )
    pair = Pair(plan, client, mine, "Taken." if holder == "nobody" else f"Conversation {elsewhere} has it.")
    with pytest.raises(AlreadyTalking, match="unknown" if holder == "nobody" else elsewhere):
        pair.run()
    assert (pair.tries, pair.waited) == (1 + len(PAIR_RELEASE_WAITS), sum(PAIR_RELEASE_WAITS))


def test_another_conflict_over_a_pair_is_an_error(plan, client, mine, sandbox):
    sandbox.faults.fail("CreateConversationParticipant", 409, code=50999)
    with pytest.raises(Conflict):
        client.run(add_customer(plan(), mine))


def listed_at(sid, proxy_address, address="+12025550117"):
    binding = {"type": "sms", "address": address, "proxy_address": proxy_address}
    return ParticipantConversation.model_validate(
        {"conversation_sid": sid, "participant_messaging_binding": binding if proxy_address else None}
    )


def test_those_with_another_sender_are_none_of_the_outreachs(plan, client):
    request = plan()
    theirs, ours = listed_at("CH1", "+15005550009"), listed_at("CH2", request.proxy_address)
    unbound = listed_at("CH3", None)
    assert client.run(with_sender(request, [theirs, ours, ours])) == [ours, ours]
    assert client.run(with_sender(request, [theirs, ours, ours], most=1)) == [ours]
    assert client.run(with_sender(request, [unbound])) == []


@pytest.mark.parametrize(("level", "counts"), [("to", True), ("cc", False), (None, True)])
def test_one_of_which_the_customer_got_a_copy_is_none_of_the_outreachs(plan, client, level, counts):
    binding = {"type": "sms", "proxy_address": plan().proxy_address, "level": level}
    one = ParticipantConversation.model_validate(
        {"conversation_sid": "CH1", "participant_messaging_binding": binding}
    )
    assert client.run(with_sender(plan(), [one])) == [one] * counts


def test_without_a_sender_every_conversation_counts(plan, client):
    customer = {"address": "+12025550117", "proxy_address": ""}
    channel = {"type": "sms", "initiated_by": "agent", "participants": [customer]}
    one = listed_at("CH1", "+15005550009")
    assert client.run(with_sender(plan(channel=channel, validate=False), [one])) == [one]
