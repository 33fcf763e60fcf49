"""The operations of an attempt, by their part in it."""

from __future__ import annotations

LOOKS = ["FetchConversation", "ListParticipantConversation"]


LOCK, RELEASE = "CreateConversation", "DeleteConversation"


SEND, NAME, TASKS = "CreateInteraction", "UpdateConversation", "ListTask"
