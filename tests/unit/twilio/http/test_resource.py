"""Resources are read leniently, and shown sparingly."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import httpx
import pytest
from pydantic import ValidationError

from airflow_provider_flexout.twilio import api
from airflow_provider_flexout.twilio.api import conversations
from airflow_provider_flexout.twilio.http.errors import ServiceUnavailable
from airflow_provider_flexout.twilio.http.request import Response
from airflow_provider_flexout.twilio.http.request_flow import request_flow
from airflow_provider_flexout.twilio.http.resource import ITEM_KEYS, MAX_ITEMS, Page, json_object
from airflow_provider_flexout.twilio.http.retry import RetryPolicy
from tests.unit.twilio.http.responses import CH, READ, SETTINGS


def test_unknown_fields_are_kept():
    resource = conversations.Conversation.model_validate({"sid": CH, "brand_new": {"a": 1}})
    assert resource.model_extra == {"brand_new": {"a": 1}}


def test_a_repr_shows_no_more_than_the_sid():
    resource = conversations.Participant.model_validate(
        {"sid": "MB1", "messaging_binding": {"address": "+13115552368"}}
    )
    assert "2368" not in repr(resource)
    assert "MB1" in repr(resource)


def test_the_date_of_an_answer_is_twilios(client, network):
    network.will(
        httpx.Response(200, json={"sid": CH}, headers={"Date": "Sun, 22 Nov 2026 10:00:00 GMT"}),
        httpx.Response(200, json={"sid": CH}, headers={"Date": "whenever"}),
        httpx.Response(200, json={"sid": CH}),
    )
    dates = [client.send(conversations.fetch_conversation(CH)).served_at for _ in range(3)]
    assert str(dates[0]) == "2026-11-22 10:00:00+00:00"
    assert dates[1:] == [None, None]


def test_a_list_without_items_cannot_be_read_as_an_empty_one(client, network):
    """ "There is none" makes rules make one, so it takes a list to say it."""
    network.will(*[httpx.Response(200, json={}) for _ in range(5)])
    with pytest.raises(ServiceUnavailable, match=r"cannot be read \(no items of the list\)"):
        client.send(conversations.list_conversations())


PAGES = sorted(
    {
        value
        for module in (import_module(one.name) for one in iter_modules(api.__path__, f"{api.__name__}."))
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Page) and value is not Page
    },
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", PAGES)
def test_of_many_items_that_cannot_be_read_the_first_one_ends_it(kind):
    """A million of them would take gigabytes, and so would the sentence that names them."""
    items = ",".join(["7"] * 1_000)
    with pytest.raises(ValidationError) as caught:
        kind.model_validate_json(f'{{"{ITEM_KEYS[-1]}": [{items}]}}')
    assert caught.value.error_count() == 1


def test_an_error_names_the_field_of_an_item_and_not_each_item(client, network):
    body = {"conversations": [{"sid": CH}, {"state": "active"}, {}]}
    network.will(*[httpx.Response(200, json=body) for _ in range(5)])
    with pytest.raises(ServiceUnavailable, match=r"cannot be read \(conversations\.sid\)"):
        client.send(conversations.list_conversations())


def test_a_page_with_more_items_than_any_of_twilios_is_not_read(client, network):
    pages = [[{"sid": CH}] * count for count in (MAX_ITEMS, MAX_ITEMS + 1)]
    network.will(*[httpx.Response(200, json={"conversations": one}) for one in (*pages, *pages[1:] * 4)])
    assert len(client.send(conversations.list_conversations()).items) == MAX_ITEMS
    with pytest.raises(ServiceUnavailable, match=r"cannot be read \(conversations\)"):
        client.send(conversations.list_conversations())


def test_a_resource_knows_how_long_it_was_queued(time):
    flow = request_flow(READ, SETTINGS, RetryPolicy(), time, needs_permits=True)
    next(flow)
    time.now += 5
    flow.send(None)
    time.now += 1
    with pytest.raises(StopIteration) as done:
        flow.send(Response(200, {"ETag": '"7"'}, b'{"sid": "CH1"}'))
    assert (done.value.value.queued_for, done.value.value.etag) == (5, '"7"')


def test_attributes_that_are_no_object_read_as_empty():
    assert json_object('{"a": 1}') == {"a": 1}
    nested = '{"a":' * 100_000
    assert [json_object(text) for text in (None, "", "[1]", "no", nested)] == [{}] * 5
