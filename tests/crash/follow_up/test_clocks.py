"""Follow-ups where worker, triggerer and Twilio do not agree on the time: Twilio's counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.crash.follow_up.story import CUSTOMER

STEPS = [{"after": "9m", "body": "One"}]


@pytest.mark.parametrize("triggerer", [0.0, 40.0, -40.0, 600.0, -600.0])
@pytest.mark.parametrize("worker", [0.0, 600.0, -600.0])
def test_a_step_is_sent_when_it_is_due_by_twilios_clock(story, worker, triggerer):
    story.worker_ahead, story.triggerer_ahead = worker, triggerer
    story.arguments = {"steps": STEPS, "last_wait": "9m"}
    story.ask()
    result = story.follow_up()
    asked, said = story.sandbox.conversations[0].transcript
    assert timedelta(minutes=9) <= said.at - asked.at + timedelta(seconds=1)
    assert said.at - asked.at < timedelta(minutes=9, seconds=30)
    assert (result["outcome"], story.deferrals) == ("exhausted", 2)
    assert timedelta(minutes=18) <= story.sandbox.clock.now() - asked.at < timedelta(minutes=19)


@pytest.mark.parametrize("ahead", [600.0, -600.0])
def test_a_contact_window_holds_a_step_by_twilios_clock(story, ahead):
    story.worker_ahead, story.triggerer_ahead = ahead, -ahead
    story.ask()
    assert story.follow_up()["outcome"] == "exhausted"
    story.check_that_nobody_was_disturbed()


def test_a_reply_ends_it_whatever_the_clocks_say(story):
    story.worker_ahead, story.triggerer_ahead = -600.0, 600.0
    story.arguments = {"steps": STEPS}
    story.sandbox.customer(CUSTOMER).replies("Yes", after="5m")
    story.ask()
    result = story.follow_up()
    assert (result["outcome"], result["step"]) == ("replied", 0)
