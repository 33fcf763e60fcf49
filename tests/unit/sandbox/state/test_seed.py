"""The contact centre of every sandbox: its SIDs are the same in every version."""

from __future__ import annotations

import json

from airflow_provider_flexout.sandbox.state.account.credentials import CREDENTIALS
from airflow_provider_flexout.sandbox.state.seed import (
    ACCOUNT_SID,
    QUEUES,
    WORKER_BY_NAME,
    WORKERS,
    WORKSPACE,
    fixed,
)
from airflow_provider_flexout.sandbox.wire.sids import is_sid


def test_the_seeded_sids_stay_as_they_are():
    assert ACCOUNT_SID == "AC82ac0f763c7ef60c13e9e3c30968673e"
    assert WORKSPACE.sid == "WSced9c511b9ff10aa80d8d5ae851782c7"
    assert next(iter(QUEUES)) == "WQd289b6eb27f803d81d8ee06cfbb0584a"
    assert is_sid(fixed("CH", "anything"), "CH")


def test_workers_look_as_taskrouter_keeps_them():
    ana = WORKER_BY_NAME["ana"]
    assert WORKERS[ana.sid] is ana
    assert json.loads(ana.attributes) == {
        "contact_uri": "client:ana",
        "full_name": "Ana Lima",
        "roles": ["agent"],
    }


def test_each_way_to_log_in_has_its_credential():
    assert {name: each.login[:2] for name, each in CREDENTIALS.items()} == {
        "basic": "AC",
        "api_key": "SK",
        "oauth": "OQ",
    }
    assert CREDENTIALS["basic"].basic.startswith("Basic ")
