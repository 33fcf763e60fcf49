"""Speaking in conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.links.flex import ConversationLink
from airflow_provider_flexout.mixins.base import (
    FlexOperator,
    is_retried,
    key_of,
    permanent_errors_fail_at_once,
    push_each,
    skip,
    source_of,
)
from airflow_provider_flexout.mixins.policies import ContactPolicyMixin
from airflow_provider_flexout.mixins.waiting import WaitingMixin
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context, ObjectStoragePath

    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.outreach.message.media import File
    from airflow_provider_flexout.outreach.message.send_once import SentMessage
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy
    from airflow_provider_flexout.twilio.http.client import Client


class SendConversationMessageOperator(ContactPolicyMixin, WaitingMixin):
    """Say something in a conversation, once.

    The message carries a key among its attributes, and the conversation is read back before anything
    is sent, so that a retried, cleared or killed task does not say it twice.

    Twilio's page: https://www.twilio.com/docs/conversations/api/conversation-message-resource

    :param conversation_sid: ``CH…``, for example ``create.output["conversation_sid"]``.
    :param body: the text, 1,600 characters at most, 32 KB on chat and email; or
    :param content_sid: a template, ``HX…``. Before anything is sent, once for each process and template, the
        Content API is asked whether it exists, takes these variables and is approved for WhatsApp; or
    :param media_sid: a file that was uploaded before, ``ME…``, which may stand beside a body; or
    :param media: a local path or an ``ObjectStoragePath`` (``"s3://aws_default@bucket/invoice.pdf"``), which
        is uploaded and sent, beside a body too. At most 5 MB by SMS, 16 on WhatsApp (pictures 5), else 150.
    :param content_variables: the template's variables, all of them, for example ``{"1": "Ada"}``.
    :param channel: ``"sms"``, ``"whatsapp"``, ``"email"``, ``"chat"``, ``"web"`` or ``"messenger"``, where
        you know it. Left out, the task that opened the conversation says it, when ``conversation_sid`` is its
        output; otherwise free text costs a request more, until the customer has written.
    :param on_closed_window: what becomes of free text on WhatsApp and Messenger when the conversation shows
        no message of the customer's in the last 24 hours, so that it would not arrive: ``"fail"``,
        ``"skip"`` the task, or on WhatsApp ``"template"``: send ``content_sid`` with ``content_variables``,
        given beside the text, in its place.
    :param author: who says it; Twilio's default is ``system``.
    :param subject: the subject of an email, 256 characters at most.
    :param attributes: attributes of the message, 4,096 characters of JSON at most.
    :param idempotency_key: 1 to 256 characters; the default is one message per task instance.
    :param wait_until: ``"queued"`` (Twilio has it, which is at once), ``"sent"``, ``"delivered"`` or
        ``"read"``. SMS never tells of reading, so ``"read"`` is refused before anything is sent where
        everybody is reached by SMS. A message that does not arrive fails the task with Twilio's code and
        what to do.
    :param deferrable: whether to wait in the triggerer; the default is Airflow's own setting. In either
        case ``execution_timeout`` bounds the wait.
    :param contact_window: when the customers of the conversation may be contacted: days, hours, time zone,
        holidays; see :class:`ContactPolicyMixin` for this and the next two.
    :param suppression: whom not to contact.
    :param consent: how to know who has opted out.
    :param validate: whether SIDs are checked before anything is sent; off for sample data.
    :param flexout_conn_id: the Airflow connection.
    :returns: ``message_sid`` (IM), ``conversation_sid`` (CH), ``index``, ``created`` (false when an
        earlier attempt had said it), and ``delivery_status`` when it was waited for; each is also an
        XCom of its own.
    :raises AirflowFailException: when the arguments are wrong or Twilio refuses for good.
    :raises AirflowSkipException: when the customer is not to be contacted; the XCom ``skip_reason`` then says
        ``suppressed``, ``no_consent``, ``opted_out`` or ``closed_window``.
    """

    template_fields: Sequence[str] = (
        "conversation_sid",
        "body",
        "content_sid",
        "content_variables",
        "media_sid",
        "media",
        "channel",
        "on_closed_window",
        "author",
        "subject",
        "attributes",
        "idempotency_key",
        *WaitingMixin.template_fields,
        *ContactPolicyMixin.template_fields,
        *FlexOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "content_variables": "json",
        "attributes": "json",
        **ContactPolicyMixin.template_fields_renderers,
    }
    operator_extra_links = (ConversationLink(),)

    def __init__(
        self,
        *,
        conversation_sid: str,
        body: str | None = None,
        content_sid: str | None = None,
        content_variables: Mapping[str, Any] | None = None,
        media_sid: str | None = None,
        media: str | ObjectStoragePath | None = None,
        channel: str | None = None,
        on_closed_window: str = "fail",
        author: str | None = None,
        subject: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        wait_until: str = "queued",
        validate: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(wait_until=wait_until, **kwargs)
        self.conversation_sid = conversation_sid
        self.body = body
        self.content_sid = content_sid
        self.content_variables = content_variables
        self.media_sid = media_sid
        self.media = media
        self.channel = channel or _channel_beside(conversation_sid)
        self.on_closed_window = on_closed_window
        self.author = author
        self.subject = subject
        self.attributes = attributes
        self.idempotency_key = idempotency_key
        self.validate = validate

    def _carry_out(self, context: Context) -> dict[str, Any]:
        """Send the message, or find the one that an earlier attempt sent."""
        from airflow_provider_flexout.outreach.values.arguments import check_choice
        from airflow_provider_flexout.outreach.waiters import (
            MESSAGE_STAGES,
            MessageWaiter,
            check_readable,
            serialize,
        )

        with permanent_errors_fail_at_once():
            check_choice("wait_until", self.wait_until, MESSAGE_STAGES)
            draft = self._draft(context)
            draft.check(validate=self.validate)
            with self.hook.get_conn() as client:
                if self.wait_until == "read":
                    client.run(check_readable(self.conversation_sid))
                self._apply_policies(context, draft, client)
                said = self._say(context, client, draft)
                self._publish(context, said)
                if self.wait_until == "queued":
                    return said.as_dict()
                watch = MessageWaiter(said.conversation_sid, said.message_sid, self.wait_until)
                status = self._wait(watch, client, said.as_dict())
                return self._finish(context, said.as_dict(), status, serialize(watch))

    def _say(self, context: Context, client: Client, draft: MessageDraft) -> SentMessage:
        from airflow_provider_flexout.outreach.errors import SessionWindowClosed
        from airflow_provider_flexout.outreach.message.send_once import send_once

        try:
            return client.run(send_once(draft))
        except SessionWindowClosed as closed:
            if self.on_closed_window != "skip":
                raise
            skip(context, "closed_window", str(closed))

    def _apply_policies(self, context: Context, draft: MessageDraft, client: Client) -> None:
        """Ask whether the customer may be contacted now; what was said already is adopted at any time."""
        from airflow_provider_flexout.outreach.message.send_once import find_sent

        policies = self._policies(draft)
        if policies and not client.run(find_sent(draft)):
            self._check_policies(context, client, policies)

    def _policies(self, draft: MessageDraft) -> Sequence[ContactPolicy]:
        """List what has to agree, in the order in which it is asked: what skips before what holds."""
        from airflow_provider_flexout.outreach.policies.recipients import Recipients

        recipients = Recipients(conversation_sid=draft.conversation_sid)
        return [*self._exclusion_policies(recipients), *self._window_policies(recipients)]

    def _draft(self, context: Context) -> MessageDraft:
        from airflow_provider_flexout.outreach.message.draft import MessageDraft

        return MessageDraft(
            key=key_of(context, durable.KeyKind.MESSAGE, self.idempotency_key),
            conversation_sid=self.conversation_sid,
            body=self.body,
            content_sid=self.content_sid,
            content_variables=self.content_variables,
            media_sid=self.media_sid,
            media=self._file(),
            channel=self.channel,
            on_closed_window=self.on_closed_window,
            chat_service_sid=self.hook.defaults.chat_service_sid,
            author=self.author,
            subject=self.subject,
            attributes=self.attributes,
            retried=is_retried(context),
            source=source_of(context),
        )

    def _file(self) -> File | None:
        if not self.media:
            return None
        from airflow_provider_flexout.connection.files import file_at

        return file_at(self.media)

    def _publish(self, context: Context, said: SentMessage) -> None:
        """Push SIDs and link at once, so that they show whatever the task does next."""
        push_each(context, said.as_dict())
        self._link_conversation(context, said.conversation_sid)

    def _finish(
        self, context: Context, result: dict[str, Any], status: str, watch: dict[str, Any]
    ) -> dict[str, Any]:
        context["ti"].xcom_push(key=durable.XCOM_DELIVERY_STATUS, value=status)
        return super()._finish(context, result | {"delivery_status": status}, status, watch)


def _channel_beside(conversation_sid: Any) -> Any:
    """Take the channel from where the conversation comes from, so that Twilio need not be asked."""
    opener: Any = getattr(conversation_sid, "operator", None)
    if isinstance(opener, CreateInteractionOperator) and conversation_sid.key == "conversation_sid":
        output: Any = opener.output
        return output["channel_type"]
    return None
