"""A notification goes to one conversation, once, and that conversation has an agent."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.notification.notify_once import Notification, notify_once
from airflow_provider_flexout.twilio.http.client import Client
from airflow_provider_flexout.twilio.http.errors import FlexoutError
from tests.conftest import InMemory
from tests.crash.faults import Interrupted


@pytest.fixture
def notification(plan):
    def make(key="night", body="The load has failed.", conversation_sid=None, **person):
        request = plan(key="", last_try=True, **person) if conversation_sid is None else None
        return Notification.checked(MessageDraft(derive_key(key), conversation_sid, body=body), request)

    return make


@pytest.fixture
def notify(client, notification, sandbox):
    def run(*args, **kwargs):
        return client.run(notify_once(notification(*args, **kwargs), clock=sandbox.clock.time))

    return run


def test_it_opens_a_conversation_with_an_agent(notify, sandbox):
    sent = notify()
    assert sent.created
    assert [one.sid for one in sandbox.conversations] == [sent.conversation_sid]
    assert len(sandbox.interactions) == len(sandbox.tasks) == len(sandbox.messages) == 1


def test_the_second_call_sends_nothing(notify, sandbox):
    first, second = notify(), notify()
    assert (second.created, second.message_sid) == (False, first.message_sid)
    assert len(sandbox.messages) == 1


def test_another_notification_joins_the_open_conversation(notify, sandbox):
    first, second = notify(), notify("morning")
    assert second.conversation_sid == first.conversation_sid
    assert (len(sandbox.interactions), len(sandbox.messages)) == (1, 2)


def test_all_forms_of_a_number_are_one_person(notify, sandbox):
    first, again = notify(to="+5511987654321"), notify(to="+551187654321")
    assert (again.created, again.message_sid) == (False, first.message_sid)
    other = notify("morning", to="+551187654321")
    assert other.conversation_sid == first.conversation_sid


def test_a_given_conversation_is_used_as_it_is(notify, sandbox, elsewhere):
    assert notify(conversation_sid=elsewhere).conversation_sid == elsewhere
    assert sandbox.interactions == []


def test_what_an_earlier_attempt_left_half_open_is_opened_to_the_end(notify, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    sandbox.faults.fail("DeleteConversation", 500, times=None)
    with pytest.raises(FlexoutError):
        notify()
    assert any(one.participants for one in sandbox.conversations)
    sandbox.faults.clear()
    sandbox.clock.advance("10m")
    sent = notify()
    assert sent.created
    assert len(sandbox.interactions) == len(sandbox.tasks) == len(sandbox.messages) == 1
    assert sandbox.interactions[0].conversation_sid == sent.conversation_sid


def test_a_text_that_is_too_long_is_cut(notify, sandbox):
    notify(body="x" * 2000)
    assert len(sandbox.messages[0].body) == 1600


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("caf\udce9 failed", "caf\ufffd failed"),
        ("\ud83d\ude00 failed", "\U0001f600 failed"),
        (b"caf\xe9 failed", "caf\ufffd failed"),
        ("a\0b", "a\ufffdb"),
    ],
    ids=["a byte of a file name", "two halves", "bytes", "NUL"],
)
def test_what_utf_8_does_not_have_is_replaced(notify, sandbox, body, told):
    notify(body=body)
    assert [one.body for one in sandbox.messages] == [told]


class Breaking(InMemory):
    """A network in which one kind of request ends in an exception that nobody expects."""

    def __init__(self, sandbox, path, error):
        super().__init__(sandbox)
        self._path, self._error = path, error

    def handle_request(self, request):
        if request.method == "POST" and request.url.path.endswith(self._path):
            raise self._error
        return super().handle_request(request)


def locks_in(sandbox):
    return [one for one in sandbox.conversations if "lock" in str(one.unique_name)]


ANY = pytest.mark.parametrize("error", [RuntimeError("a mistake"), Interrupted(), SystemExit(1)])


@ANY
def test_the_lock_is_given_back_after_any_exception(client, notification, sandbox, error):
    broken = Client(client.settings, transport=Breaking(sandbox, "/Participants", error))
    with broken, pytest.raises(type(error)):
        broken.run(notify_once(notification(), clock=sandbox.clock.time))
    assert locks_in(sandbox) == []


@ANY
@pytest.mark.parametrize("path", ["/Interactions", "/Messages"])
def test_the_lock_is_kept_while_a_request_may_be_on_its_way(client, notification, sandbox, path, error):
    broken = Client(client.settings, transport=Breaking(sandbox, path, error))
    with broken, pytest.raises(type(error)):
        broken.run(notify_once(notification(), clock=sandbox.clock.time))
    (lock,) = locks_in(sandbox)
    assert client.run(notify_once(notification(), clock=sandbox.clock.time)).created
    assert lock.sid not in [one.sid for one in sandbox.conversations]
    assert len(sandbox.messages) == len(sandbox.interactions) == 1


def test_the_lock_is_kept_after_an_exception_while_an_outcome_is_looked_for(client, notification, sandbox):
    def sleep(seconds):
        if locks_in(sandbox):
            raise Interrupted
        sandbox.clock.advance(seconds)

    sandbox.faults.lose_request("CreateConversationMessage", times=None)
    interrupted = Client(client.settings, transport=InMemory(sandbox), sleep=sleep)
    with interrupted, pytest.raises(Interrupted):
        interrupted.run(notify_once(notification(), clock=sandbox.clock.time))
    assert len(locks_in(sandbox)) == 1


def test_a_process_that_ends_leaves_the_lock_to_run_out(client, notification, sandbox):
    procedure = notify_once(notification(), clock=sandbox.clock.time)
    outcome = None
    while not locks_in(sandbox):
        outcome = client.send(procedure.send(outcome))
    procedure.send(outcome)
    procedure.close()
    assert len(sandbox.conversations) == 1
