"""Templates: whether there is one with which an outreach may begin where free text may not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.diagnosis.finding import (
    CONSOLE,
    Check,
    Finding,
    doubtful,
    good,
)
from airflow_provider_flexout.twilio.api.content import list_content_and_approvals
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.diagnosis.target import DiagnosisTarget
    from airflow_provider_flexout.twilio.api.content import ContentAndApproval

_PAGE = f"{CONSOLE}/us1/develop/sms/content-template-builder"


def check_templates(target: DiagnosisTarget) -> Check[list[Finding]]:
    """Check that a template is approved, where a sender of the connection needs one.

    :param target: the connection.
    """
    needing = [
        one.name
        for one in CHANNELS.values()
        if one.template_approval and any(name in target.defaults.senders for name in one.sender_fields[:1])
    ]
    if not needing:
        return []
    templates = yield from read_pages(list_content_and_approvals())
    counts = Counter(_status(one) for one in templates)
    said = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "There are none"
    if counts["approved"]:
        return [good("templates", f"{said}.")]
    return [
        doubtful(
            "templates",
            f"{said}; none is approved.",
            f"On {' and '.join(needing)}, no outreach can begin: more than 24 hours after the customer's "
            "last message, only an approved template is delivered (SendConversationMessageOperator, "
            "campaigns).",
            "Write a template and submit it for approval.",
            _PAGE,
        )
    ]


def _status(template: ContentAndApproval) -> str:
    return str((template.approval_requests or {}).get("status") or "unsubmitted")
