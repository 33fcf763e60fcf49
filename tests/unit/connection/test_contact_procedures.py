"""Planning sends nothing, and refuses what is wrong."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.connection import contact_procedures
from airflow_provider_flexout.connection.contact_procedures import plan_closing
from airflow_provider_flexout.connection.settings import FlexConnection
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

CLOSING = {"interaction_sid": "KD" + "1" * 32, "channel_sid": None, "task_status": None, "validate": True}


def connection(**defaults):
    return FlexConnection(None, ConnectionDefaults("flex", **defaults), "secret")


def test_parking_needs_the_workspace_and_closing_does_not():
    plan_closing(connection(), CLOSING | {"channel_status": "closed"})
    with pytest.raises(InvalidInput, match="workspace_sid"):
        plan_closing(connection(), CLOSING | {"channel_status": "inactive"})


@pytest.mark.parametrize("suppression", ["+12025550117", b"+12025550117", {"conn_id": "shop", "sql": "…"}])
def test_a_suppression_that_is_neither_a_list_nor_a_function(suppression):
    given = {"suppression": suppression, "consent": None, "contact_window": None}
    with pytest.raises(InvalidInput, match="run a query yourself"):
        contact_procedures._rules(given)
