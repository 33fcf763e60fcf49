"""The connection that leads to a sandbox."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.server.connection import connection
from airflow_provider_flexout.sandbox.state.account.credentials import CREDENTIALS


@pytest.mark.parametrize(("auth", "prefix"), [("basic", "AC"), ("api_key", "SK"), ("oauth", "OQ")])
def test_each_kind_of_credentials(auth, prefix):
    made = connection(CREDENTIALS, auth, "http://127.0.0.1:8765")
    assert (made["conn_type"], made["login"][:2]) == ("flexout", prefix)
    assert made["extra"]["base_url"] == "http://127.0.0.1:8765"
    assert made["extra"]["whatsapp_from"].startswith("whatsapp:")


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="auth is one of basic, api_key, oauth, not 'magic'"):
        connection(CREDENTIALS, "magic", "http://localhost")
