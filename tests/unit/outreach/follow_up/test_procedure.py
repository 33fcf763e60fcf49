"""One pass of a follow-up: it sends the step that is due, once, if nothing speaks against it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass

import pytest

from airflow_provider_flexout.outreach.follow_up.anchor import find_anchor
from airflow_provider_flexout.outreach.follow_up.procedure import Ended, Waiting, close_unanswered, follow_up
from airflow_provider_flexout.outreach.policies.decision import Go, Hold, Skip
from airflow_provider_flexout.twilio.http.errors import RequestRejected


@dataclass(frozen=True)
class Always:
    """A policy that always decides the same."""

    decision: object

    def check(self, now):
        yield from ()
        return self.decision


@pytest.fixture
def one_pass(client, cadence, send):
    send("Is Thursday fine?")
    anchor = client.run(find_anchor(cadence))
    return lambda *policies: client.run(follow_up(cadence, anchor, policies))


def bodies(sandbox):
    return [one.body for one in sandbox.messages]


def test_before_its_time_nothing_is_sent(one_pass, sandbox):
    assert isinstance(one_pass(), Waiting)
    assert bodies(sandbox) == ["Is Thursday fine?"]


def test_a_step_that_is_due_is_sent_once(one_pass, sandbox):
    sandbox.clock.advance("61m")
    for _ in range(3):
        assert isinstance(one_pass(), Waiting)
    assert bodies(sandbox) == ["Is Thursday fine?", "One"]


def test_after_the_last_wait_it_is_exhausted(one_pass, sandbox):
    for span in ("61m", "121m", "121m"):
        sandbox.clock.advance(span)
        ended = one_pass()
    assert isinstance(ended, Ended)
    assert ended.outcome == "exhausted"
    assert bodies(sandbox) == ["Is Thursday fine?", "One", "Two"]


def test_a_hold_sends_nothing_and_says_why(one_pass, sandbox):
    sandbox.clock.advance("61m")
    hold = Hold(None, "It is night.")
    assert one_pass(Always(hold)).hold == hold
    assert bodies(sandbox) == ["Is Thursday fine?"]


def test_a_refusal_ends_it(one_pass, sandbox):
    sandbox.clock.advance("61m")
    ended = one_pass(Always(Skip("suppressed", "They are suppressed.")))
    assert (ended.outcome, ended.skip.reason) == ("opted_out", "suppressed")
    assert bodies(sandbox) == ["Is Thursday fine?"]


def test_a_reply_of_the_last_moment_is_seen(one_pass, reply, sandbox):
    sandbox.clock.advance("61m")

    @dataclass(frozen=True)
    class CustomerReplies:
        """It agrees, while the customer replies."""

        def check(self, now):
            reply("Yes.")
            yield from ()
            return Go()

    assert one_pass(CustomerReplies()).outcome == "replied"
    assert "One" not in bodies(sandbox)


def test_an_interaction_of_ours_is_closed_with_its_task(client, conversation_sid, sandbox):
    for _ in range(2):
        client.run(close_unanswered(conversation_sid))
    assert sandbox.conversations[0].state == "closed"
    assert sandbox.interactions[0].channel_status == "closed"


def test_a_conversation_without_one_is_closed(client, elsewhere, sandbox):
    client.run(close_unanswered(elsewhere))
    assert sandbox.conversations[0].state == "closed"


@pytest.mark.parametrize("is_closed", [True, False])
def test_whether_one_is_closed_decides_whatever_twilio_says_of_closing_it(
    client, elsewhere, sandbox, is_closed
):
    """As after a response that was lost: the client closes it again."""
    sandbox.faults.fail("UpdateConversation", 400, committed=is_closed)
    with nullcontext() if is_closed else pytest.raises(RequestRejected):
        client.run(close_unanswered(elsewhere))
    assert (sandbox.conversations[0].state == "closed") is is_closed
