"""What the Airflow connection provides where an operator was given nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ConnectionDefaults:
    """SIDs and senders from the connection's extra.

    :param conn_id: the connection's id, for errors.
    :param workspace_sid: the SID of the workspace, ``WS…``.
    :param workflow_sid: the SID of the workflow, ``WW…``.
    :param queue_sid: the SID of the task queue, ``WQ…``.
    :param worker_sid: the SID of the agent that agent-initiated interactions go to, ``WK…``.
    :param chat_service_sid: the SID of the conversation service, ``IS…``.
    :param instance_sid: the SID of the Flex instance, for interaction webhooks, ``GO…``.
    :param studio_flow_sid: the SID of the Studio flow that routes a customer's reply to an agent, ``FW…``.
    :param messaging_service_sid: the SID of the Messaging Service of conversations by SMS and WhatsApp,
        ``MG…``.
    :param senders: our addresses and names, by the field of the extra: ``sms_from``, ``email_from_name`` and
        whatever else the channels call theirs.
    """

    conn_id: str
    workspace_sid: str | None = None
    workflow_sid: str | None = None
    queue_sid: str | None = None
    worker_sid: str | None = None
    chat_service_sid: str | None = None
    instance_sid: str | None = None
    studio_flow_sid: str | None = None
    messaging_service_sid: str | None = None
    senders: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_extra(cls, conn_id: str, extra: Mapping[str, Any]) -> ConnectionDefaults:
        """Read the connection's extra. An empty string, which the form may leave, counts as missing.

        :param conn_id: the connection's id.
        :param extra: the parsed extra.
        """
        given = {name: str(value) for name, value in extra.items() if value}
        own = {one.name: given[one.name] for one in fields(cls) if one.name in given}
        return cls(conn_id, **own, senders={name: given[name] for name in given if "_from" in name})

    def require(self, given: Any, argument: str, extra_field: str) -> str:
        """Take the operator's argument, or the connection's field where there is none.

        :param given: the operator's argument.
        :param argument: the name of the argument, for the error.
        :param extra_field: the name of the field in the connection's extra.
        :raises InvalidInput: naming both places, when neither has a value.
        """
        value = given or self.senders.get(extra_field) or getattr(self, extra_field, None)
        if not value:
            raise InvalidInput(
                argument,
                f"missing. Pass it to the operator, or set {extra_field!r} in the extra of the "
                f"connection {self.conn_id!r}.",
            )
        return str(value)
