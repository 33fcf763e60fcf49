"""What an error says, and how it shows an address."""

from __future__ import annotations

import copy
import inspect
import pickle
from datetime import datetime, timedelta, timezone

import httpx
import pytest

from airflow_provider_flexout.outreach import errors as _of_the_rules  # noqa: F401 - they are kinds too
from airflow_provider_flexout.twilio.api import conversations
from airflow_provider_flexout.twilio.http.errors import (
    AuthenticationFailed,
    Conflict,
    FlexoutError,
    NotFound,
    OutcomeUnknown,
    PreconditionFailed,
    RateLimited,
    RequestRejected,
    error_class,
)
from tests.unit.twilio.http.responses import CH

EXAMPLES = {
    "datetime | None": datetime(2026, 11, 29, tzinfo=timezone.utc),
    "timedelta": timedelta(hours=24),
    "int": 20503,
    "int | None": 20503,
    "float": 1.5,
    "float | None": 1.5,
    "bool": True,
}
"""A value for each type of an error's arguments that is not a text."""


def test_an_error_says_what_happened_and_what_to_do(client, network):
    network.will(
        httpx.Response(
            400,
            json={
                "code": 50407,
                "message": "Invalid messaging binding address +13115552368",
                "more_info": "https://www.twilio.com/docs/errors/50407",
                "status": 400,
            },
            headers={"Twilio-Request-Id": "RQ123"},
        )
    )
    with pytest.raises(RequestRejected) as caught:
        client.send(conversations.create_participant(CH, address="+13115552368", proxy_address="+1"))
    error = caught.value
    assert (error.status, error.code, error.request_id) == (400, 50407, "RQ123")
    assert str(error) == (
        "CreateConversationParticipant: Twilio responded with HTTP 400, code 50407: Invalid messaging "
        "binding address +1•••••2368. Request RQ123. Write addresses in E.164: +13115552368, or "
        "whatsapp:+13115552368. A WhatsApp user's id may be refused: then contact them by their number."
        " https://www.twilio.com/docs/errors/50407"
    )


def test_newer_products_describe_problems_by_rfc_9457(client, network):
    problem = {"type": "about:blank", "title": "Bad", "detail": "The field is wrong", "code": 20001}
    network.will(httpx.Response(400, json={**problem, "status": 400}))
    with pytest.raises(RequestRejected, match="The field is wrong"):
        client.send(conversations.fetch_conversation(CH))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 20001, RequestRejected),
        (400, 45010, RateLimited),
        (400, 45352, OutcomeUnknown),
        (401, 20003, AuthenticationFailed),
        (403, None, AuthenticationFailed),
        (404, 20404, NotFound),
        (409, 50353, Conflict),
        (412, 20412, PreconditionFailed),
        (429, None, RateLimited),
        (500, None, OutcomeUnknown),
        (503, 20503, OutcomeUnknown),
    ],
)
def test_status_and_code_say_which_error_it_is(status, code, expected):
    assert error_class(status, code, by_twilio=True) is expected


def kinds_of(kind: type[FlexoutError]) -> list[type[FlexoutError]]:
    return [kind, *(below for one in kind.__subclasses__() for below in kinds_of(one))]


@pytest.mark.parametrize("kind", sorted(set(kinds_of(FlexoutError)), key=lambda one: one.__name__))
def test_an_error_arrives_in_another_process_as_it_is(kind):
    """In a pool of processes, an error that cannot be read there breaks the pool, and nobody learns why."""
    wanted = inspect.signature(kind.__init__).parameters.values()
    named = {one.name: EXAMPLES.get(str(one.annotation), one.name) for one in wanted if one.name != "self"}
    made = kind("a sentence") if kind.__init__ is Exception.__init__ else kind(**named)
    for found in (pickle.loads(pickle.dumps(made)), copy.copy(made)):  # noqa: S301 - ours
        assert type(found) is kind
        assert (str(found), found.args, vars(found)) == (str(made), made.args, vars(made))
