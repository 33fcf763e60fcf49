"""Where the links of a task instance lead."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.links.flex import ConversationLink, FlexTaskLink, conversation_url, task_url
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator

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


def test_the_links_lead_to_the_sandbox_where_it_stands_in(run, served):
    xcoms = run(CreateInteractionOperator(task_id="create", channel="sms", to="+12025550117")).xcoms
    base = served.connection()["extra"]["base_url"]
    assert xcoms[FlexTaskLink.xcom_key] == f"{base}/sandbox/tasks/{xcoms['task_sid']}"
    conversation_sid = xcoms["conversation_sid"]
    assert xcoms[ConversationLink.xcom_key] == f"{base}/sandbox/conversations/{conversation_sid}"
