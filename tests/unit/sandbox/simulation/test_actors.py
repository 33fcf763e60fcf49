"""Directing customers and agents: what they are told, and what makes no sense."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.conftest import CUSTOMER


@pytest.mark.parametrize(
    "wrong",
    [
        lambda s: s.customer().opts_out(),
        lambda s: s.customer().replies("", after="1s"),
        lambda s: s.customer().replies("yes", after="soon"),
        lambda s: s.customer().receives(after=True),
        lambda s: s.customer().fails(code="30007"),
        lambda s: s.customer().fails(code=7),
        lambda s: s.customer().fails(status="lost"),
        lambda s: s.agent("nobody"),
        lambda s: s.agent("WK" + "0" * 32),
        lambda s: s.agent().says("x" * 1601),
        lambda s: s.agent().goes("Lunch"),
        lambda s: s.agent().handles(1, "fax"),
    ],
)
def test_wrong_directions_are_refused(sandbox, wrong):
    with pytest.raises(ValueError, match=r"\w"):
        wrong(sandbox)


def test_a_customer_speaks_in_the_newest_open_conversation(sandbox, ask, opened):
    sandbox.customer(CUSTOMER).says("Hi")
    sandbox.customer().says("Hi again", in_conversation=opened.sid)
    assert sandbox.conversation(opened.sid).texts == ["Hi", "Hi again"]
    for wrong in (
        lambda: sandbox.customer("+12025550199").says("Hi"),
        lambda: sandbox.customer("+12025550199").says("Hi", in_conversation=opened.sid),
        lambda: sandbox.customer(CUSTOMER).says("Hi", in_conversation="fx1"),
    ):
        with pytest.raises(LookupError):
            wrong()


def test_an_agent_is_named_by_name_or_sid(sandbox, opened):
    sid = sandbox._store.workspace.worker_named("ana").sid
    sandbox.agent("ana").declines(after="1s")
    assert sandbox._store.scripts.agents[sid].offer_response == "decline"
    sandbox.agent(sid).accepts(after="500ms")
    sandbox.clock.advance("500ms")
    assert (sandbox.tasks[0].status, sandbox.tasks[0].worker) == ("assigned", "ana")
