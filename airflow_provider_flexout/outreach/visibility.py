"""Waiting until nothing that an earlier attempt sent can still arrive, over as many attempts as that takes.

A later attempt must look for :data:`~airflow_provider_flexout.outreach.timing.VISIBILITY_DELAY` seconds
before it sends. If each attempt began anew, a task whose tries are killed or timed out before that would
never send. So the first of them leaves an empty conversation under a unique name, and its age, by Twilio's
clock, is the time for which later attempts have looked. They send only under a lock
(:mod:`~airflow_provider_flexout.outreach.guarded_request`), which has a time of its own; so whatever was sent
without one was sent before the conversation was created.

The conversation is deleted when the request was sent. One that is left behind is closed by Twilio after
:data:`~airflow_provider_flexout.outreach.timing.LOCK_CLOSES_AFTER`, and then counts no longer: a run that was
deleted and created again has first attempts again.
"""

from __future__ import annotations

import logging
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.lock import age_of, create_or_fetch
from airflow_provider_flexout.outreach.waiters.polling import look_for
from airflow_provider_flexout.twilio.api.conversations import delete_conversation
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.errors import NotFound, TwilioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.twilio.http.call import Procedure

R = TypeVar("R")

log = logging.getLogger(__name__)


class VisibilityWait:
    """What one attempt does until the effect of an earlier one would show.

    :param key: of what the attempts send.
    :param where: the SID of what it is sent into; empty where it makes that itself.
    """

    def __init__(self, key: str, where: str = "") -> None:
        self._name = durable.visibility_name(key, where)
        self._sid: str | None = None

    def look_for(self, look: Callable[[], Procedure[R | None]]) -> Procedure[R | None]:
        """Look until the effect of an earlier attempt would show, if there were any.

        :param look: looks once; gives what it found, or ``None``.
        """
        found = yield from look()
        if found is not None:
            return found
        left = timing.VISIBILITY_DELAY - (yield from self._age())
        if left > 0:
            yield Sleep(min(timing.POLL_INTERVAL, left))
        return (yield from look_for(look, left - timing.POLL_INTERVAL))

    def end(self) -> Procedure[None]:
        """Delete the conversation, since what the attempts had to send is sent."""
        if self._sid is None:
            return
        try:
            with suppress(NotFound):
                yield delete_conversation(self._sid)
        except TwilioError as error:
            log.warning("Could not remove %s, which Twilio closes by itself: %s", self._sid, error)

    def _age(self) -> Procedure[float]:
        """Give the seconds for which later attempts have looked; 0 where Twilio does not say."""
        try:
            conversation = yield from create_or_fetch(self._name, token := uuid.uuid4().hex)
            if conversation.state == "closed":
                with suppress(NotFound):
                    yield delete_conversation(conversation.sid)
                conversation = yield from create_or_fetch(self._name, token)
        except TwilioError as error:
            log.warning("Could not record how long attempts have looked, so this may take longer: %s", error)
            return 0.0
        self._sid = conversation.sid
        return max(0.0, age_of(conversation))
