"""Message templates and WhatsApp's approval of them. https://www.twilio.com/docs/content."""

from __future__ import annotations

from typing import Any

from airflow_provider_flexout.twilio.http.call import Call, path, read
from airflow_provider_flexout.twilio.http.resource import Page, Resource

_ONE = "/v1/Content/{}"


class Content(Resource):
    """A template; ``variables`` holds a sample for each placeholder, ``types`` the content itself."""

    sid: str
    friendly_name: str | None = None
    language: str | None = None
    variables: dict[str, Any] | None = None
    types: dict[str, Any] | None = None


class Approval(Resource):
    """What WhatsApp says of a template, under ``whatsapp``.

    ``status`` is unsubmitted, received, pending, approved, rejected, paused or disabled.
    """

    sid: str | None = None
    whatsapp: dict[str, Any] | None = None


class ContentAndApproval(Content):
    """A template with what WhatsApp says of it; ``approval_requests`` holds its ``status``."""

    approval_requests: dict[str, Any] | None = None


ContentAndApprovalPage = Page[ContentAndApproval]


def fetch_content(content_sid: str) -> Call[Content]:
    """Fetch a template.

    :param content_sid: the template, ``HX…``.
    """
    return read("FetchContent", "content", path(_ONE, content_sid), Content)


def fetch_approval(content_sid: str) -> Call[Approval]:
    """Fetch WhatsApp's approval of a template.

    :param content_sid: the template, ``HX…``.
    """
    return read("FetchApprovalFetch", "content", path(_ONE + "/ApprovalRequests", content_sid), Approval)


def list_content_and_approvals(*, page_size: int = 100) -> Call[ContentAndApprovalPage]:
    """List the templates, with WhatsApp's approval of each.

    :param page_size: items of a page, 1 to 1,000.
    """
    place = "/v1/ContentAndApprovals"
    return read("ListContentAndApprovals", "content", place, ContentAndApprovalPage, PageSize=page_size)
