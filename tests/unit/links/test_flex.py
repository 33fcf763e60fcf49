"""Where the links of a task instance lead."""

from __future__ import annotations

import json

import httpx
import pytest

from airflow_provider_flexout.links.flex import ConversationLink, FlexTaskLink, conversation_url, task_url
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.version_compat import AirflowSkipException
from tests.unit.conftest import TaskInstance

TASK, WORKSPACE = "WT" + "1" * 32, "WS" + "2" * 32
CONVERSATION, SERVICE = "CH" + "3" * 32, "IS" + "4" * 32


def test_a_task_is_shown_in_its_workspace():
    url = task_url(WORKSPACE, TASK, None)
    assert url.startswith("https://console.twilio.com/us1/develop/taskrouter/workspaces?frameUrl=")
    assert url.endswith(f"workspaces%2F{WORKSPACE}%2Ftasks%2F{TASK}")


@pytest.mark.parametrize("sids", [(None, TASK), (WORKSPACE, None)])
def test_a_task_that_is_not_known_has_no_link(sids):
    assert task_url(*sids, None) is None


def test_a_conversation_is_shown_in_its_service():
    url = conversation_url(SERVICE, CONVERSATION, None)
    assert url.startswith(f"https://console.twilio.com/us1/service/conversations/{SERVICE}/")
    assert url.endswith(f"conversations%2F{CONVERSATION}")


def test_without_a_service_the_link_leads_to_the_list_of_services():
    assert conversation_url(None, CONVERSATION, None).endswith("/conversations/manage/services")


def test_the_links_know_the_region():
    urls = [
        task_url(WORKSPACE, TASK, None, "ie1"),
        conversation_url(SERVICE, CONVERSATION, None, "ie1"),
        conversation_url(None, CONVERSATION, None, "ie1"),
    ]
    assert all(url.startswith("https://console.twilio.com/ie1/") for url in urls)


def test_an_operator_hands_the_region_on(run, monkeypatch):
    """The operator takes it from the connection; nothing is sent to find that out."""
    connection = {
        "conn_type": "flexout",
        "login": "AC" + "0" * 32,
        "password": "x",
        "extra": {"region": "ie1"},
    }
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(connection))
    operator, ti = (
        CreateInteractionOperator(task_id="create", channel="sms", to="+12025550117"),
        TaskInstance(),
    )
    operator._link_task({"ti": ti}, WORKSPACE, TASK)
    operator._link_conversation({"ti": ti}, CONVERSATION)
    assert [url.split("/")[3] for url in ti.xcoms.values()] == ["ie1", "ie1"]


def test_the_links_open_the_sandboxs_page_where_it_stands_in(run, served):
    """What the page then shows is seen in a browser, in tests/system/browser/test_finding.py."""
    operator = CreateInteractionOperator(task_id="create", channel="sms", to="+12025550117")
    xcoms = run(operator).xcoms
    base = served.connection()["extra"]["base_url"]
    assert xcoms[FlexTaskLink.xcom_key] == f"{base}/?task={xcoms['task_sid']}"
    assert xcoms[ConversationLink.xcom_key] == f"{base}/?conversation={xcoms['conversation_sid']}"
    for link in operator.operator_extra_links:
        shown = httpx.get(xcoms[link.xcom_key])
        assert (shown.status_code, shown.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert link.get_link(operator, ti_key=None) == xcoms[link.xcom_key]


def test_a_task_that_pushed_no_link_asks_for_none(run, served):
    """Airflow reports an XCom that is not there as an error, at the end of each task that was skipped."""
    operator = CreateInteractionOperator(
        task_id="create", channel="sms", to="+12025550117", suppression=["+12025550117"]
    )
    with pytest.raises(AirflowSkipException):
        run(operator)
    assert [link.get_link(operator, ti_key=None) for link in operator.operator_extra_links] == ["", ""]
