"""What ends a follow-up before its steps are through, and what does not."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CloseInteractionOperator
from airflow_provider_flexout.twilio.api.conversations import delete_conversation
from airflow_provider_flexout.twilio.api.messages import create_message
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.crash.follow_up.story import CUSTOMER, QUESTION, Killed, TaskInstance
from tests.version_compat import TaskDeferred

STEPS = [{"after": "1h", "body": "One"}, {"after": "2h", "body": "Two"}]


@pytest.fixture
def quick(story):
    """A question at ten, and two steps on the same day."""
    story.triggerer_sleeps = True
    story.arguments = {"steps": STEPS}
    story.ask()
    return story


def at(story, seconds, do):
    """Let something happen at Twilio after some time, right before the worker asks."""
    began, done = story.sandbox.clock.time(), []

    def look(_number):
        if not done and not story.in_trigger and story.sandbox.clock.time() >= began + seconds:
            done.append(True)
            do()

    story.before = look


@pytest.mark.parametrize("word", ["Stop ", "REVOKE", "optout", "Cancel", "END", "quit"])
def test_stop_is_an_opt_out_and_no_reply(quick, word):
    customer = quick.sandbox.customer(CUSTOMER)
    at(quick, 1800, lambda: customer.says(word, in_conversation=quick.conversation_sid))
    assert quick.follow_up()["outcome"] == "opted_out"
    assert quick.said == {}


def test_a_message_that_is_refused_for_an_opt_out_ends_it(quick):
    at(quick, 1800, lambda: quick.sandbox.customer(CUSTOMER).opts_out())
    result = quick.follow_up()
    assert (result["outcome"], result["step"]) == ("opted_out", 1)
    assert len(quick.said) == 1


def test_another_failure_of_a_message_does_not_end_it(quick):
    quick.sandbox.customer(CUSTOMER).fails(30003)
    assert quick.follow_up()["outcome"] == "exhausted"


@pytest.mark.parametrize("task_status", ["wrapping", "completed"])
def test_a_conversation_that_is_closed_ends_it(quick, task_status):
    (interaction,) = quick.sandbox.interactions
    close = CloseInteractionOperator(task_id="x", interaction_sid=interaction.sid, task_status=task_status)
    at(quick, 1800, lambda: close.execute({"ti": None}))
    result = quick.follow_up()
    assert (result["outcome"], result["step"]) == ("closed", 0)


@pytest.mark.parametrize("triggerer_sleeps", [True, False])
def test_a_task_that_no_agent_takes_ends_it(story, triggerer_sleeps):
    story.sandbox.agent().declines(after="10m")
    story.triggerer_sleeps = triggerer_sleeps
    story.arguments = {"steps": STEPS}
    story.ask()
    result = story.follow_up()
    assert (result["outcome"], result["step"], story.said) == ("closed", 0, {})


def test_a_conversation_that_was_deleted_ends_it(quick):
    at(quick, 1800, lambda: quick.send(delete_conversation(quick.conversation_sid)))
    assert quick.follow_up()["outcome"] == "closed"


def test_a_customer_who_is_suppressed_in_between_is_left_alone(quick):
    asked = []

    def suppressed(address):
        asked.append(address)
        return len(asked) > 1

    quick.arguments |= {"suppression": suppressed}
    result = quick.follow_up()
    assert (result["outcome"], result["step"]) == ("opted_out", 1)
    assert quick.ti.xcoms["skip_reason"] == "suppressed"
    assert asked == [CUSTOMER, CUSTOMER]


@pytest.mark.parametrize("on_exhausted", ["return", "fail", "close"])
def test_what_is_done_when_nobody_replied(quick, on_exhausted):
    quick.arguments |= {"on_exhausted": on_exhausted, "last_wait": "30m"}
    if on_exhausted == "fail":
        with pytest.raises(AirflowFailException, match="All 2 steps were sent, and nobody replied"):
            quick.follow_up()
    else:
        assert quick.follow_up()["outcome"] == "exhausted"
    assert quick.ti.xcoms["outcome"] == "exhausted"
    (conversation,), tasks = quick.sandbox.conversations, quick.sandbox.tasks
    assert conversation.state == ("closed" if on_exhausted == "close" else "active")
    assert [one.status for one in tasks] == ["completed" if on_exhausted == "close" else "assigned"]
    waited = (quick.sandbox.clock.now() - conversation.transcript[-1].at).total_seconds()
    assert 1800 <= waited < 1900


def test_a_task_that_was_cleared_says_nothing_again(quick):
    quick.follow_up()
    said = quick.messages
    quick.ti = TaskInstance(try_number=2)
    result = quick.follow_up()
    assert result["outcome"] == "exhausted"
    assert len(result["message_sids"]) == 2
    assert quick.messages == said


def test_two_follow_ups_in_one_conversation_come_one_after_the_other(quick):
    quick.follow_up()
    quick.ti = TaskInstance(run_id="another")
    quick.arguments = {"steps": [{"after": "1h", "body": "Three"}]}
    assert quick.follow_up()["step"] == 1
    assert list(quick.said) == ["One", "Two", "Three"]


@pytest.mark.parametrize("killed", [False, True])
def test_what_the_agent_says_in_between_hides_no_reply(quick, killed):
    """The agent answers the customer while nobody looks."""

    def talk():
        quick.sandbox.customer(CUSTOMER).says("Monday", in_conversation=quick.conversation_sid)
        quick.send(create_message(quick.conversation_sid, author="ana", body="Monday it is"))
        if killed:
            raise Killed

    at(quick, 1800, talk)
    result = quick.follow_up()
    assert (result["outcome"], result["step"], len(result["reply_sids"])) == ("replied", 0, 1)


def test_nor_does_it_after_a_step_where_only_agents_speak(story):
    story.triggerer_sleeps = True
    story.arguments = {"steps": STEPS}
    story.ask(question=None)
    story.send(create_message(story.conversation_sid, author="ana", body=QUESTION))

    def talk():
        story.sandbox.customer(CUSTOMER).says("Monday", in_conversation=story.conversation_sid)
        story.send(create_message(story.conversation_sid, author="ana", body="Monday it is"))
        raise Killed

    at(story, 2 * 3600, talk)
    result = story.follow_up()
    assert (result["outcome"], result["step"]) == ("replied", 1)


def test_what_the_agent_says_alone_puts_off_nothing(quick):
    at(quick, 1800, lambda: quick.send(create_message(quick.conversation_sid, author="ana", body="Hello?")))
    assert quick.follow_up()["outcome"] == "exhausted"
    assert [body for body, _ in quick.messages] == [QUESTION, "Hello?", "One", "Two"]
    assert quick.said["One"] == "2026-10-22T11:00+02:00"


def test_a_conversation_in_which_we_said_nothing_is_followed_up_from_its_beginning(story):
    story.triggerer_sleeps = True
    story.arguments = {"steps": STEPS}
    story.ask(question=None)
    assert story.follow_up()["outcome"] == "exhausted"
    assert story.said == {"One": "2026-10-22T11:00+02:00", "Two": "2026-10-22T13:00+02:00"}


def test_a_question_of_an_agents_is_followed_up_too(story):
    story.triggerer_sleeps = True
    story.arguments = {"steps": STEPS}
    story.ask(question=None)
    story.pass_time(3600)
    story.send(create_message(story.conversation_sid, author="ana", body=QUESTION))
    assert story.follow_up()["outcome"] == "exhausted"
    assert list(story.said.values()) == ["2026-10-22T12:00+02:00", "2026-10-22T14:00+02:00"]


@pytest.mark.parametrize("by", ["sid", "index", "text"])
def test_the_message_that_waits_for_an_answer_may_be_named(quick, by):
    quick.sandbox.customer(CUSTOMER).says("Monday", in_conversation=quick.conversation_sid)
    quick.send(create_message(quick.conversation_sid, author="ana", body="And where to?"))
    newest = quick.sandbox.messages[-1]
    quick.arguments |= {"after": {"sid": newest.sid, "index": newest.index, "text": str(newest.index)}[by]}
    assert quick.follow_up()["outcome"] == "exhausted"


def test_how_it_stands_shows_while_it_waits(quick):
    context = {"ti": quick.ti}
    operator = FollowUpOperator(task_id="x", conversation_sid=quick.conversation_sid, **quick.arguments)
    with pytest.raises(TaskDeferred):
        operator.execute(context)
    assert quick.ti.xcoms["progress"] == {
        "step": 0,
        "of": 2,
        "message_sids": [],
        "waiting_until": "2026-10-22T09:00:00+00:00",
        "held": False,
    }
    assert quick.ti.xcoms["_link_conversation"].endswith(quick.conversation_sid)


def test_an_unknown_zone_is_held_for_a_week_and_never_sent(story):
    story.triggerer_sleeps = True
    story.arguments = {"steps": STEPS, "contact_window": {"timezone": "recipient"}}
    story.ask(customer="+80012345678")  # a freephone number of no country
    with pytest.raises(AirflowFailException, match="Held for 7 days"):
        story.follow_up()
    assert story.said == {}


def test_free_text_on_whatsapp_gives_way_to_a_template_after_a_day(story):
    story.triggerer_sleeps = True
    template = story.sandbox.decide("order_late", "approved").sid
    story.arguments = {"steps": [{"after": "3h", "body": "One"}, {"after": "22h", "body": "Two"}]}
    story.ask(question=None, customer=CUSTOMER, channel="whatsapp")
    story.sandbox.customer(f"whatsapp:{CUSTOMER}").says("Hi", in_conversation=story.conversation_sid)
    story.send(create_message(story.conversation_sid, author="ana", body=QUESTION))
    with pytest.raises(AirflowFailException, match="24 hours"):
        story.follow_up()
    assert list(story.said) == ["One"]
    two = story.arguments["steps"][1]
    variables = {"1": "Ada", "2": "4711"}
    two |= {"content_sid": template, "content_variables": variables, "on_closed_window": "template"}
    assert story.follow_up()["step"] == 2
    assert [one.content_sid for one in story.sandbox.messages[-2:]] == [None, template]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"steps": []}, "steps: write a list"),
        ({"steps": "4h"}, "steps: write a list"),
        ({"steps": [{"body": "One"}]}, r"steps\[0\]: needs \"after\""),
        ({"steps": [*STEPS, {"after": "soon", "body": "x"}]}, r"steps\[2\]: 'soon' is not a length of time"),
        ({"steps": [{"after": "1h", "text": "x"}]}, r"steps\[0\]: has no 'text', only after, body"),
        ({"steps": [STEPS[0] | {"on_closed_window": "skip"}]}, r"steps\[0\]: on_closed_window must be"),
        ({"steps": [{"after": "1h"}]}, r"steps\[0\]: body: missing"),
        ({"last_wait": "P1M"}, "last_wait: 'P1M' is not a length of time"),
        ({"on_exhausted": "stop"}, "on_exhausted: 'stop' is not one of return, fail, close"),
        ({"after": "IM" + "0" * 32}, "after: no message IM0"),
        ({"conversation_sid": "None"}, "conversation_sid: missing"),
        ({"conversation_sid": "CH" + "0" * 32}, "There is no conversation CH0"),
    ],
)
def test_arguments_that_cannot_be_read(quick, arguments, said):
    quick.arguments |= arguments
    with pytest.raises(AirflowFailException, match=said):
        quick.follow_up()
    assert quick.said == {}
