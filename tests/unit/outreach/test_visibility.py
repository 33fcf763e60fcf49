"""For how long a later attempt looks, and that what the ones before it have looked counts."""

from __future__ import annotations

from contextlib import suppress

import pytest

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.visibility import VisibilityWait
from airflow_provider_flexout.twilio.api.conversations import Conversation
from airflow_provider_flexout.twilio.api.messages import create_message, list_messages
from airflow_provider_flexout.twilio.http.resource import ResponseInfo
from tests.crash.faults import Interrupted

KEY = "fx" + 32 * "0"


@pytest.fixture
def look_for(client, sandbox, elsewhere):
    """Look for a message of ours, and give the seconds that it took; for some seconds only, where told so."""

    def run(*, stopped_after: float = float("inf")) -> float:
        began = sandbox.clock.time()

        def look():
            if sandbox.clock.time() - began >= stopped_after:
                raise Interrupted
            page = yield list_messages(elsewhere)
            return page.items[0].sid if page.items else None

        with suppress(Interrupted):
            client.run(VisibilityWait(KEY).look_for(look))
        return sandbox.clock.time() - began

    return run


def left_behind(sandbox) -> list[str]:
    return [one.state for one in sandbox.conversations if "lock" in str(one.unique_name)]


def test_what_shows_at_once_takes_one_look(look_for, client, sandbox, elsewhere):
    client.send(create_message(elsewhere, body="Hello"))
    sandbox.requests.clear()
    assert look_for() == 0.0
    assert [one.operation for one in sandbox.requests] == ["ListConversationMessage"]


def test_it_looks_until_the_effect_would_show(look_for, sandbox):
    assert look_for() == timing.VISIBILITY_DELAY
    assert left_behind(sandbox) == ["active"]


@pytest.mark.parametrize("seconds", [5.0, 10.0, 25.0])
def test_what_an_earlier_attempt_has_looked_counts(look_for, seconds):
    looked = look_for(stopped_after=seconds)
    assert look_for() == pytest.approx(timing.VISIBILITY_DELAY - looked, abs=timing.CLOCK_RESOLUTION)


def test_once_it_would_show_one_look_is_enough(look_for, sandbox):
    look_for()
    sandbox.clock.advance("2m")
    sandbox.requests.clear()
    assert look_for() == 0.0
    assert [one.operation for one in sandbox.requests][-1] == "ListConversationMessage"


@pytest.mark.parametrize("closed_name", ["kept", "freed"])
def test_one_of_long_ago_counts_no_longer(look_for, sandbox, closed_name):
    """There may have been a first attempt again, since a run can be deleted and created anew."""
    sandbox.settings.closed_name = closed_name
    look_for()
    sandbox.clock.advance("11m")
    assert look_for() == timing.VISIBILITY_DELAY
    assert left_behind(sandbox)[-1] == "active"


def test_that_somebody_else_removed_it_a_moment_ago_is_no_error(look_for, sandbox):
    look_for()
    sandbox.clock.advance("11m")
    sandbox.faults.drop_response("DeleteConversation")
    assert look_for() >= timing.VISIBILITY_DELAY
    assert left_behind(sandbox) == ["active"]


def test_where_nothing_can_be_left_behind_each_attempt_looks_for_as_long(look_for, sandbox):
    sandbox.faults.fail("CreateConversation", 400, times=None)
    assert look_for() == look_for() == timing.VISIBILITY_DELAY
    assert left_behind(sandbox) == []


def nothing():
    yield from ()


def test_another_key_or_conversation_is_another_wait(client, sandbox):
    for what in ((KEY,), (KEY, "CH0"), (KEY, "CH1"), ("fx" + 32 * "1",)):
        client.run(VisibilityWait(*what).look_for(nothing))
    places = ((KEY, ""), (KEY, "CH0"), (KEY, "CH1"), ("fx" + 32 * "1", ""))
    assert {one.unique_name for one in sandbox.conversations if "lock" in str(one.unique_name)} == {
        durable.visibility_name(key, where) for key, where in places
    }


@pytest.mark.parametrize("left", [0.0, timing.CLOCK_RESOLUTION])
def test_the_last_pause_is_as_long_as_is_left(left):
    procedure = VisibilityWait(KEY).look_for(nothing)
    next(procedure)
    age = timing.VISIBILITY_DELAY - left + timing.CLOCK_RESOLUTION
    kept = Conversation.model_validate({"sid": "CH1", "date_created": "2026-11-28T10:00:00Z"})
    kept.attach(ResponseInfo(date=f"Sat, 28 Nov 2026 10:00:{age:02.0f} GMT"))
    if left:
        assert procedure.send(kept).seconds == left
        kept = None
    with pytest.raises(StopIteration):
        procedure.send(kept)


def test_in_the_end_it_is_deleted(client, sandbox):
    wait = VisibilityWait(KEY)
    client.run(wait.look_for(nothing))
    for _ in range(2):  # the second time it is gone, which is no error
        client.run(wait.end())
        assert left_behind(sandbox) == []


def test_where_nobody_looked_there_is_nothing_to_delete():
    assert not list(VisibilityWait(KEY).end())
