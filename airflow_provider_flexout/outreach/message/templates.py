"""Message templates, looked up before they are sent.

The Content API is asked once per template and process whether it exists, what its placeholders are, and
whether WhatsApp has approved it. Only an approved template is cached: any other may have been approved since.

Where the API refuses to tell, as with a restricted key, or returns a status that we do not know, the message
is sent nevertheless, with a warning in the log: Twilio then decides, and the message's receipt shows it.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import InvalidInput, TemplateRefused
from airflow_provider_flexout.twilio.api.content import fetch_approval, fetch_content
from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.twilio.api.content import Approval, Content
    from airflow_provider_flexout.twilio.http.call import Procedure

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_STATUSES = frozenset({"approved", "unsubmitted", "received", "pending", "rejected", "paused", "disabled"})
_WHAT_TO_DO = {
    "unsubmitted": "Submit it for WhatsApp's approval in the Console's Content Template Builder.",
    "received": "WhatsApp is still deciding, which takes minutes to a day.",
    "pending": "WhatsApp is still deciding, which takes minutes to a day.",
    "rejected": "Correct it and submit it again, as a new template.",
    "paused": "WhatsApp paused it for a while because customers complained; wait, or use another template.",
    "disabled": "WhatsApp has withdrawn it for good; use another template.",
}
_approved: dict[str, Template] = {}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Template:
    """A template as the Content API describes it.

    :param sid: ``HX…``.
    :param name: its friendly name.
    :param placeholders: the names between double braces in it.
    :param status: WhatsApp's status of it; ``None`` where that is not known.
    :param reason: why WhatsApp rejected it; empty where it did not.
    """

    sid: str
    name: str
    placeholders: frozenset[str]
    status: str | None
    reason: str

    @property
    def shown(self) -> str:
        """Name and SID, for people."""
        return f"{self.name!r} ({self.sid})" if self.name else self.sid

    def check_variables(self, given: Mapping[str, str]) -> None:
        """Refuse variables that do not fit.

        A missing variable is refused even where Twilio has a sample value for it: samples are for WhatsApp's
        reviewers, and no customer should receive one.

        :param given: the variables of the message, by their names.
        :raises InvalidInput: naming what is missing and what is unknown.
        """
        missing, unknown = self.placeholders - given.keys(), given.keys() - self.placeholders
        if missing:
            names = ", ".join(sorted(missing))
            raise InvalidInput("content_variables", f"template {self.shown} needs {names} as well.")
        if unknown:
            known = ", ".join(sorted(self.placeholders)) or "none"
            raise InvalidInput(
                "content_variables",
                f"template {self.shown} has no {', '.join(sorted(unknown))}; its variables: {known}.",
            )

    def check_approval(self, *, in_session: bool) -> None:
        """Refuse a template that WhatsApp would not deliver.

        One that was never submitted may be meant as a reply, which needs no approval within the session
        window.

        :param in_session: whether the session window is open.
        :raises TemplateRefused: naming the template, its status, and what to do.
        """
        if self.status in (None, "approved") or (self.status == "unsubmitted" and in_session):
            return
        reason = f' with the reason "{self.reason}"' if self.reason else ""
        raise TemplateRefused(
            f"Template {self.shown} is {self.status} by WhatsApp{reason}, so it was not sent. "
            f"{_WHAT_TO_DO[str(self.status)]}"
        )


def look_up(content_sid: str) -> Procedure[Template | None]:
    """Ask the Content API about a template; ``None`` where it refuses to tell.

    This costs two requests the first time, and none after that in this process, if the template is approved.

    :param content_sid: ``HX…``.
    :raises InvalidInput: when there is no such template.
    """
    known = _approved.get(content_sid)
    if known:
        return known
    try:
        content = yield fetch_content(content_sid)
    except NotFound:
        raise InvalidInput(
            "content_sid", f"there is no template {content_sid} in this account, or it was deleted."
        ) from None
    except AuthenticationFailed as refused:
        log.warning(
            "Template %s is sent unchecked, because it could not be looked up: %s", content_sid, refused
        )
        return None
    template = _read(content, (yield from _approval_of(content_sid)))
    if template.status == "approved":
        _approved[content_sid] = template
    return template


def clear_cache() -> None:
    """Forget every template, so that the Content API is asked again."""
    _approved.clear()


def _approval_of(content_sid: str) -> Procedure[Approval | None]:
    try:
        approval: Approval = yield fetch_approval(content_sid)
    except (AuthenticationFailed, NotFound) as refused:
        log.warning("WhatsApp's approval of template %s cannot be read: %s", content_sid, refused)
        return None
    return approval


def _read(content: Content, approval: Approval | None) -> Template:
    in_types = frozenset(_PLACEHOLDER.findall(json.dumps(content.types or {})))
    verdict = (approval.whatsapp if approval else None) or {}
    status = str(verdict.get("status") or "").lower()
    if approval and status not in _STATUSES:
        log.warning("The approval of template %s has a status that we do not know: %r", content.sid, status)
    return Template(
        sid=content.sid,
        name=content.friendly_name or "",
        placeholders=in_types or frozenset(content.variables or {}),
        status=status if status in _STATUSES else None,
        reason=str(verdict.get("rejection_reason") or ""),
    )
