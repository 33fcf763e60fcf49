"""Conversations without an agent; one comes when the customer replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.links.flex import ConversationLink
from airflow_provider_flexout.mixins.base import (
    FlexOperator,
    permanent_errors_fail_at_once,
    push_each,
)
from airflow_provider_flexout.mixins.conversation import OutreachMixin
from airflow_provider_flexout.mixins.templates import (
    keep_arguments,
    outreach_arguments_of,
    renderers_of,
    spec_of,
    template_fields_of,
)
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.mixins.literals.known import Literals
    from airflow_provider_flexout.outreach.values.durations import Duration


class CreateConversationOperator(OutreachMixin):
    """Open a conversation with a customer, without an agent; one gets a task when the customer replies.

    Use it where few of many customers will reply. ``SendConversationMessageOperator`` sends the message. Even
    if the task is retried, cleared or killed, the customer is in one conversation with one webhook. Email is
    not possible without an agent: use ``CreateInteractionOperator`` for it.

    Twilio's pages: https://www.twilio.com/docs/conversations/api/conversation-resource,
    https://www.twilio.com/docs/conversations/api/conversation-scoped-webhook-resource

    :param channel: the kind of channel: ``"sms"``, ``"whatsapp"``, ``"messenger"``, ``"chat"`` or ``"web"``,
        in any case.
    :param to: the customer: a phone number in E.164, a ``messenger:`` id, or the identity of a chat user.
    :param from_: the sender's address. The default is ``sms_from``, ``whatsapp_from`` or ``messenger_from``
        of the connection; chat and web have no sender and refuse one.
    :param messaging_service_sid: the Messaging Service (``MG…``) that is set on the conversation, on SMS and
        WhatsApp; ``from_`` is one of its numbers. The default is that of the connection, or none.
    :param customer_name: the customer's name, which becomes the attribute ``customerName`` of the
        conversation.
    :param attributes: further attributes of the conversation, as an object, for the Studio flow to read: the
        order's number, or the agent who knows the customer. 12 KB of JSON at most; where the flow copies all
        of them into the agent's task, 3,000 characters.
    :param on_reply: what happens when the customer replies: ``{"studio_flow": "FW…"}`` starts a Studio flow,
        whose Send to Flex widget makes the agent's task; ``"pipeline"`` registers nothing, since a DAG or a
        reply trigger routes the reply. The default is the flow ``studio_flow_sid`` of the connection. Without
        either the task fails: nobody would see the reply.
    :param close_after: when the conversation closes, counted from its last message: a timedelta, seconds, or
        text (``"3d"``, ``"P3D"``), ten minutes at least. The default is seven days. Until it closes, the
        customer can be in no other conversation with this sender.
    :param idempotency_key: the key under which the outreach happens once, 1 to 256 characters. The default is
        one outreach per DAG, logical date, task and map index.
    :param on_open_conversation: what to do when the customer already has an open conversation with this
        sender: ``"fail"`` (default), ``"join"`` it (its replies go where they went before), or ``"skip"`` the
        task. A retry looks again, since the conversation may be over by then.
    :param frequency_cap: how often the customer may be contacted at most, as in
        ``{"at_most": 1, "per": "P1D"}``. The conversations that this provider opened with them are counted.
        The default is no cap.
    :param validate: whether addresses and SIDs are checked before anything is sent; the default is true.
        Turn it off for sample data.
    :param contact_window: when the customer may be contacted: days, hours, time zone and holidays, as an
        object or a ``ContactWindow`` (``docs/follow-ups.md`` lists its keys), or a list of these. Outside of
        it the task is deferred. The default is any time.
    :param timezone: the customer's own time zone as an IANA name, for example from a mapped row, for a
        contact window in the customer's time. The default is all zones that the customer's number may be in.
    :param suppression: whom not to contact: a list of addresses, a query
        (``{"conn_id": …, "sql": …}``) whose first column holds addresses, or a function that takes an address
        and returns whether it is suppressed. The default is nobody.
    :param consent: how to know who has opted out: ``"receipts"`` for what Twilio's delivery receipts say
        (as error 21610), or a function that takes an address and returns whether that customer may be
        contacted. By default nobody is asked.
    :param on_skip: what to do when the customer must not be contacted: ``"skip"`` the task (default), or
        ``"return"`` a result whose SIDs are null, with ``skip_reason``.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    :returns: ``conversation_sid`` (CH), ``participant_sid`` (MB, the customer), ``webhook_sid`` (WH; null
        with ``"pipeline"``, and once an agent has the conversation), ``channel_type`` and ``created``, which
        is false when the conversation existed already: an earlier attempt opened it, or the customer was in
        it (``"join"``). Each is also an XCom of its own.
    :raises AirflowFailException: when an argument is wrong or Twilio rejects the request for good.
    :raises AirflowSkipException: when the customer must not be contacted. The XCom ``skip_reason`` then says
        ``suppressed``, ``no_consent``, ``opted_out`` or ``frequency_cap``, or, with
        ``on_open_conversation="skip"``, ``already_talking``.
    """

    opens_conversation = True
    operator_extra_links = (ConversationLink(),)

    def __init__(
        self,
        *,
        channel: str,
        to: str | None = None,
        from_: str | None = None,
        messaging_service_sid: str | None = None,
        customer_name: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        on_reply: str | Mapping[str, str] | None = None,
        close_after: Duration = "7d",
        idempotency_key: str | None = None,
        on_open_conversation: str = "fail",
        frequency_cap: Mapping[str, Any] | None = None,
        validate: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        keep_arguments(self, locals())

    template_fields: Sequence[str] = template_fields_of(__init__, OutreachMixin, FlexOperator)
    template_fields_renderers: ClassVar[dict[str, str]] = renderers_of(__init__, OutreachMixin)
    _result_fields = durable.CONVERSATION_FIELDS
    _outreach_arguments = outreach_arguments_of(__init__)

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.mixins.literals.outreach import check_outreach
        from airflow_provider_flexout.outreach.conversation.request import build_request

        super()._check_literals(known)
        check_outreach(known, cls._outreach_arguments, build_request)

    def _carry_out(self, context: Context) -> dict[str, Any]:
        """Open the conversation, or find the one that an earlier attempt opened."""
        from airflow_provider_flexout.outreach.conversation.create_once import create_once
        from airflow_provider_flexout.outreach.conversation.request import build_request

        spec = spec_of(self)
        with permanent_errors_fail_at_once():
            request = self._request(context, spec, durable.KeyKind.CONVERSATION, build_request)
            with self.hook.get_conn() as client:
                opened = self._open(context, client, request, spec, create_once)
        push_each(context, opened.as_dict())
        self._link_conversation(context, opened.conversation_sid)
        return opened.as_dict()
