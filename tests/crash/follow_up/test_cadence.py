"""Three steps over five days, with a change of the clocks in the middle, and whatever may come between."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.crash.follow_up.story import BEGIN, CUSTOMER, EXPECTED, Killed

HOURS = 3600


def when(body: str) -> float:
    """Seconds from the question to a step."""
    return (datetime.fromisoformat(EXPECTED[body]) - BEGIN).total_seconds()


def test_nobody_answers(story):
    story.ask()
    result = story.follow_up()
    assert story.said == EXPECTED
    assert result == {
        "outcome": "exhausted",
        "step": 3,
        "message_sids": [one.sid for one in story.sandbox.messages[1:]],
        "reply_sids": [],
        "time_to_reply": None,
        "conversation_sid": story.conversation_sid,
    }
    assert story.ti.xcoms.items() >= result.items()
    over = datetime.fromisoformat(EXPECTED["Three"]) + timedelta(hours=37)
    assert abs((story.sandbox.clock.now() - over).total_seconds()) < 60
    assert sum(one.startswith("POST") for one in story.operations) == 3


@pytest.mark.parametrize(
    ("after", "steps"),
    [
        (1, 0),
        (9.5 * HOURS, 0),
        (15 * HOURS, 0),  # in the night, while the first step is held
        (when("One") - 1, 0),
        (when("One") + 6, 1),  # a wait may end 5 seconds late
        (when("Two") - 1, 1),
        (when("Two") + 13 * HOURS, 2),  # the hour that the night has twice
        (when("Three") - 1, 2),
        (when("Three") + 30 * HOURS, 3),
    ],
)
def test_a_reply_ends_it_wherever_it_comes(story, after, steps):
    story.sandbox.customer(CUSTOMER).replies("On Monday", after=after)
    story.ask()
    result = story.follow_up()
    story.check_that_nobody_was_disturbed()
    assert (result["outcome"], result["step"], len(story.said)) == ("replied", steps, steps)
    assert len(result["reply_sids"]) == 1
    asked = [0, *map(when, EXPECTED)][steps]
    assert result["time_to_reply"] == pytest.approx(after - asked, abs=10)
    late = (story.sandbox.clock.now() - BEGIN).total_seconds() - after
    assert late <= 15 * 60


def awake(story) -> list[int]:
    """The numbers of the worker's requests when nobody answers and nothing goes wrong."""
    story.triggerer_sleeps = True
    story.ask()
    story.follow_up()
    assert story.said == EXPECTED
    return [number for number, one in enumerate(story.operations) if not one.startswith("trigger")]


REQUESTS = range(90)
"""Beyond the last request of a worker in the story where nothing goes wrong; a test holds that."""


def test_the_grids_reach_over_the_whole_story(story):
    assert len(awake(story)) > 40
    assert len(story.operations) < len(REQUESTS)


@pytest.mark.parametrize("block", range(0, len(REQUESTS), 10))
def test_a_worker_or_triggerer_that_is_killed_after_any_request(tell, block):
    for number in REQUESTS[block : block + 10]:
        story = tell()
        story.triggerer_sleeps = True
        left = {number}

        def kill(arrived, left=left):
            if arrived in left:
                left.remove(arrived)
                raise Killed

        story.ask()
        story.after = kill
        result = story.follow_up()
        story.check_that_nobody_was_disturbed()
        assert (result["outcome"], result["step"]) == ("exhausted", 3)
        for body, moment in story.said.items():
            late = datetime.fromisoformat(moment) - datetime.fromisoformat(EXPECTED[body])
            assert late <= timedelta(minutes=7)


@pytest.mark.parametrize("block", range(0, len(REQUESTS), 10))
def test_a_reply_between_any_two_requests_is_seen_before_the_next_step(tell, block):
    for number in REQUESTS[block : block + 10]:
        story = tell()
        story.triggerer_sleeps = True

        def say(arrived, number=number, story=story):
            if arrived == number:
                story.sandbox.customer(CUSTOMER).says("On Monday", in_conversation=story.conversation_sid)

        story.ask()
        story.before = say
        result = story.follow_up()
        bodies = [body for body, _ in story.messages]
        if "customer" not in bodies:
            assert number >= len(story.operations)
            continue
        assert result["outcome"] == "replied"
        crossed = story.operations[number] == "POST Messages"  # it came while the step was on its way
        assert bodies.index("customer") == len(bodies) - (2 if crossed else 1)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kills=st.sets(st.integers(0, 150), max_size=8), reply=st.none() | st.floats(0, 5 * 24 * HOURS))
def test_many_deaths_in_one_follow_up(tell, kills, reply):
    story = tell()
    story.triggerer_sleeps = True
    left = set(kills)

    def kill(arrived):
        if arrived in left:
            left.remove(arrived)
            raise Killed

    if reply is not None:
        story.sandbox.customer(CUSTOMER).replies("On Monday", after=reply)
    story.ask()
    story.before = story.after = kill
    result = story.follow_up()
    story.check_that_nobody_was_disturbed()
    assert result["outcome"] == "replied" if reply is not None else result["outcome"] == "exhausted"


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("fault", ["drop_response", "lose_request"])
def test_an_answer_or_a_request_that_is_lost(story, fault, times):
    story.triggerer_sleeps = True
    story.ask()
    getattr(story.sandbox.faults, fault)("CreateConversationMessage", times=times)
    story.follow_up()
    story.check_that_nobody_was_disturbed()
    assert len(story.said) == 3


def test_a_triggerer_that_is_killed_in_the_middle_of_each_wait(story):
    story.ask()
    waits = []

    def kill(arrived):
        if story.operations[-1].startswith("trigger") and arrived % 40 == 0:
            waits.append(arrived)
            raise Killed

    story.after = kill
    story.follow_up()
    assert story.said == EXPECTED
    assert len(waits) > 10


def test_a_message_that_is_still_on_its_way_when_the_task_is_tried_again(story):
    story.triggerer_sleeps = True
    story.ask()
    story.delayed, story.retry_delay = 20, timedelta(seconds=1)
    story.follow_up()
    story.check_that_nobody_was_disturbed()
    assert (story.ti.try_number, len(story.said)) == (2, 3)
