"""What a contact's row names that only Twilio knows, looked up before anything is opened for it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.conversation.request import ConversationRequest
from airflow_provider_flexout.outreach.errors import (
    ContactedAlready,
    InvalidInput,
    SessionWindowClosed,
    TemplateRefused,
)
from airflow_provider_flexout.outreach.interaction.lookup import is_open
from airflow_provider_flexout.outreach.message.content import LastInbound, resolve_content
from airflow_provider_flexout.outreach.routing.names import names_in, with_sids

if TYPE_CHECKING:
    from collections.abc import Hashable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.twilio.http.call import Procedure
    from airflow_provider_flexout.twilio.http.client import AsyncClient

_REFUSALS = (InvalidInput, TemplateRefused, SessionWindowClosed)


class NamedResources:
    """Queues, workers, workflows and templates of a campaign's contacts, each looked up once in a pass.

    :param client: asks Twilio.
    :param may_join: whether a message may be sent in a conversation that is open already; only that
        conversation shows whether its session window is open.
    """

    def __init__(self, client: AsyncClient, *, may_join: bool) -> None:
        self._client = client
        self._may_join = may_join
        self._locks: defaultdict[Hashable, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._known: dict[Hashable, Exception | None] = {}

    async def check(self, request: InteractionRequest, draft: MessageDraft) -> None:
        """Refuse a contact that names what does not exist, unless an earlier attempt opened its conversation.

        :param request: the contact's outreach.
        :param draft: its first message.
        :raises InvalidInput: when the workspace has no such name, the account has no such template, or the
            template takes other variables.
        :raises TemplateRefused: when the channel needs an approved template, and this one is not.
        :raises SessionWindowClosed: when the channel takes no free text in a new conversation.
        """
        try:
            if not isinstance(request, ConversationRequest) and any(names := names_in(request.routing)):
                await self._once(names, with_sids(request.routing))
            await self._check_content(draft)
        except _REFUSALS:
            if not await self._is_open(request):
                raise

    async def _is_open(self, request: InteractionRequest) -> bool:
        try:
            return request.may_be_open and await self._client.run(is_open(request))
        except ContactedAlready:  # by another row, which this one does not replace
            return False

    async def _check_content(self, draft: MessageDraft) -> None:
        template = not (draft.body or draft.media_sid)
        content = (draft.content_sid, *sorted(draft.variables or ())) if template else ()
        asked = resolve_content(replace(draft, conversation_sid=None), LastInbound(), may_ask=False)
        try:
            await self._once((draft.channel, *content), asked)
        except (SessionWindowClosed, TemplateRefused):
            if not self._may_join:
                raise

    async def _once(self, what: Hashable, procedure: Procedure[Any]) -> None:
        """Run a procedure that asks Twilio, unless its result is known; raise the refusal that ended it."""
        async with self._locks[what]:
            if what not in self._known:
                try:
                    await self._client.run(procedure)
                except _REFUSALS as refusal:
                    self._known[what] = refusal
                else:
                    self._known[what] = None
        known = self._known[what]
        if known:
            raise known.with_traceback(None)
