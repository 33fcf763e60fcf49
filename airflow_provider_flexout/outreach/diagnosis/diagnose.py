"""The whole diagnosis, in the order in which things depend on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.diagnosis.account import CREDENTIALS, check_account
from airflow_provider_flexout.outreach.diagnosis.finding import Check, Finding, Level, or_unread
from airflow_provider_flexout.outreach.diagnosis.flex import check_conversations, read_flex
from airflow_provider_flexout.outreach.diagnosis.senders import check_senders
from airflow_provider_flexout.outreach.diagnosis.studio import check_flow
from airflow_provider_flexout.outreach.diagnosis.taskrouter import check_taskrouter
from airflow_provider_flexout.outreach.diagnosis.templates import check_templates

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.diagnosis.target import DiagnosisTarget

_ON_REPLY = (
    "A reply gets no agent where the pipeline begins without one: CreateConversationOperator and "
    "BulkOutreachOperator(agent='on_reply')."
)


def diagnose(target: DiagnosisTarget) -> Check[list[Finding]]:
    """Check everything that an outreach needs. This reads some thirty things, and sends nothing to anybody.

    Something that cannot be read is a finding as well. If Twilio rejects the credentials, or cannot be
    reached, that is the only finding.

    :param target: the connection.
    """
    found = yield from check_account(target)
    if any(one.subject == CREDENTIALS and one.level is Level.WRONG for one in found):
        return found
    flex, of_flex = yield from read_flex(target)
    found += of_flex
    found += yield from check_conversations(target, flex)
    found += yield from or_unread("workspace", check_taskrouter(target, flex))
    found += yield from check_senders(target, flex)
    found += yield from or_unread("templates", check_templates(target))
    if target.defaults.studio_flow_sid:
        found.append((yield from check_flow("studio flow", target.defaults.studio_flow_sid, _ON_REPLY)))
    return found
