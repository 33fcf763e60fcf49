"""Messages in conversations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.connection.running_task import began_at, is_retried, key_of, source_of
from airflow_provider_flexout.links.flex import ConversationLink
from airflow_provider_flexout.mixins.base import FlexOperator, permanent_errors_fail_at_once, push_each, skip
from airflow_provider_flexout.mixins.conversation import ConversationMixin, SkipMixin
from airflow_provider_flexout.mixins.templates import renderers_of, template_fields_of
from airflow_provider_flexout.mixins.waiting import WaitingMixin
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context, ObjectStoragePath

    from airflow_provider_flexout.mixins.literals.known import Literals
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.outreach.message.media import File
    from airflow_provider_flexout.outreach.message.send_once import SentMessage
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy
    from airflow_provider_flexout.twilio.http.client import Client


class SendConversationMessageOperator(ConversationMixin, SkipMixin, WaitingMixin):
    """Send a message in a conversation, once.

    The message carries a key among its attributes, and the conversation is read before anything is sent, so
    a task that is retried, cleared or killed does not send the message twice.

    Twilio's page: https://www.twilio.com/docs/conversations/api/conversation-message-resource

    :param conversation_sid: the conversation, ``CH…``, for example ``create.output["conversation_sid"]``; or
        the whole result of the task that opened it, ``create.output``. If that says that nobody was contacted
        (``on_skip="return"``), this task skips as well.
    :param body: the text: 1,600 characters at most, or 32 KB on chat, web and email. It is sent as it is: a
        file name such as ``"hello.txt"`` is sent as text, and the file is not read. One of ``body``,
        ``content_sid``, ``media_sid`` and ``media`` is required.
    :param content_sid: a template, ``HX…``. Before anything is sent, once for each process and template, the
        Content API is asked whether it exists, takes these variables and is approved for WhatsApp.
    :param content_variables: all of the template's variables, for example ``{"1": "Ada"}`` or ``{1: "Ada"}``,
        or that object as JSON.
    :param media_sid: a file that was uploaded before, ``ME…``; a ``body`` may accompany it.
    :param media: a local path or an ``ObjectStoragePath`` (``"s3://aws_default@bucket/invoice.pdf"``) of a
        file, which is uploaded and sent; a ``body`` may accompany it. Which sizes and types are allowed
        depends on the channel (``docs/channels.md``).
    :param channel: the conversation's channel, where you know it: ``"sms"``, ``"whatsapp"``, ``"email"``,
        ``"chat"``, ``"web"`` or ``"messenger"``. When it is left out, it is known if ``conversation_sid`` is
        the output of the task that opened the conversation; otherwise free text costs one more request until
        the customer has written.
    :param on_closed_window: what to do with free text on WhatsApp or Messenger when the customer has not
        written in the last 24 hours, so that the text would not be delivered: ``"fail"`` (default),
        ``"skip"`` the task, or, on WhatsApp, ``"template"`` to send ``content_sid`` with
        ``content_variables`` in place of the text.
    :param author: the author of the message; Twilio's default is ``system``.
    :param subject: the subject of an email, 256 characters at most.
    :param attributes: attributes of the message, as an object, 4,096 characters of JSON at most.
    :param idempotency_key: the key under which the message is sent once, 1 to 256 characters. The default is
        one message per DAG, logical date, task and map index.
    :param wait_until: the delivery status to wait for: ``"queued"`` at Twilio, which is immediate (default),
        ``"sent"``, ``"delivered"`` or ``"read"``. ``"read"`` is refused before anything is sent where the
        channel has no read receipts. A message that is not delivered fails the task with Twilio's error code
        and what to do.
    :param validate: whether SIDs are checked before anything is sent; the default is true. Turn it off for
        sample data.
    :param deferrable: whether to wait in the triggerer. The default is Airflow's setting
        ``default_deferrable``. Either way the task's ``execution_timeout`` bounds the wait.
    :param contact_window: when the customers of the conversation may be contacted: days, hours, time zone and
        holidays, as an object or a ``ContactWindow`` (``docs/follow-ups.md`` lists its keys), or a list of
        these. Outside of it the task is deferred. The default is any time.
    :param timezone: the customers' own time zone as an IANA name, for example from a mapped row, for a
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
    :returns: ``message_sid`` (IM), ``conversation_sid`` (CH), ``index`` and ``created``, which is false when
        the message existed already: from an earlier attempt, or from a request of this one whose response was
        lost; and ``delivery_status`` when it was waited for. Each is also an XCom of its own.
    :raises AirflowFailException: when an argument is wrong or Twilio rejects the request for good.
    :raises AirflowSkipException: when the customer must not be contacted. The XCom ``skip_reason`` then says
        ``suppressed``, ``no_consent``, ``opted_out`` or ``closed_window``.
    """

    operator_extra_links = (ConversationLink(),)

    def __init__(
        self,
        *,
        conversation_sid: str | Mapping[str, Any],
        body: str | None = None,
        content_sid: str | None = None,
        content_variables: Mapping[Any, Any] | str | None = None,
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
        self._opener = _output_of_opener(conversation_sid)
        self._listener: str | None = None
        self.channel = channel or (self._opener["channel_type"] if self._opener else None)
        self.on_closed_window = on_closed_window
        self.author = author
        self.subject = subject
        self.attributes = attributes
        self.idempotency_key = idempotency_key
        self.validate = validate

    template_fields: Sequence[str] = template_fields_of(__init__, WaitingMixin, SkipMixin, FlexOperator)
    template_fields_renderers: ClassVar[dict[str, str]] = renderers_of(__init__, SkipMixin)
    _result_fields = durable.MESSAGE_FIELDS

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.mixins.literals.outreach import check_message
        from airflow_provider_flexout.outreach.spec import DELIVERY_STAGES
        from airflow_provider_flexout.outreach.values.arguments import check_choice, check_given

        super()._check_literals(known)
        if "conversation_sid" in known:
            check_given("conversation_sid", known["conversation_sid"])
        if "wait_until" in known:
            check_choice("wait_until", known["wait_until"], DELIVERY_STAGES)
        check_message(known)

    def _carry_out(self, context: Context) -> dict[str, Any]:
        """Send the message, or find the one that an earlier attempt sent."""
        from airflow_provider_flexout.outreach.spec import DELIVERY_STAGES
        from airflow_provider_flexout.outreach.values.arguments import check_choice
        from airflow_provider_flexout.outreach.waiters import MessageWaiter, check_readable

        if self._opener:
            self._take_result(self._opener.resolve(context))
        self._find_conversation(context)
        with permanent_errors_fail_at_once():
            check_choice("wait_until", self.wait_until, DELIVERY_STAGES)
            draft = self._draft(context)
            draft.check(validate=self.validate)
            with self.hook.get_conn() as client:
                if self.wait_until == "read":
                    client.run(check_readable(self.conversation_sid))
                self._apply_policies(context, draft, client)
                sent = self._send(context, client, draft)
                self._publish(context, sent)
                if self.wait_until == "queued":
                    return sent.as_dict()
                waiter = MessageWaiter(sent.conversation_sid, sent.message_sid, self.wait_until)
                return self._wait(context, waiter, client, sent.as_dict())

    def _send(self, context: Context, client: Client, draft: MessageDraft) -> SentMessage:
        from airflow_provider_flexout.outreach.errors import SessionWindowClosed
        from airflow_provider_flexout.outreach.message.send_once import send_once

        try:
            return client.run(send_once(draft))
        except SessionWindowClosed as error:
            if self.on_closed_window != "skip":
                raise
            skip(context, "closed_window", str(error))

    def _apply_policies(self, context: Context, draft: MessageDraft, client: Client) -> None:
        """Check whether the customer may be contacted now; a message sent before is adopted at any time."""
        from airflow_provider_flexout.outreach.message.send_once import find_sent

        policies = self._policies(draft)
        if policies and not client.run(find_sent(draft)):
            self._check_policies(context, client, policies)

    def _policies(self, draft: MessageDraft) -> Sequence[ContactPolicy]:
        """List the policies in the order in which they are checked: first skips, then holds."""
        from airflow_provider_flexout.outreach.policies.recipients import Recipients

        return self._rules().policies(Recipients(conversation_sid=draft.conversation_sid))

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
            began_at=began_at(context),
            source=source_of(context),
            shared_key=self.idempotency_key is not None,
            listener=self._listener,
            workspace_sid=self.hook.defaults.workspace_sid,
        )

    def _take_result(self, result: Any) -> None:
        if isinstance(result, Mapping):  # of a mapped task it is a list
            self.channel = self.channel or result.get("channel_type")
            self._listener = result.get("task_sid") or result.get("webhook_sid")

    def _file(self) -> File | None:
        if not self.media:
            return None
        from airflow_provider_flexout.connection.files import file_at

        return file_at(self.media)

    def _publish(self, context: Context, sent: SentMessage) -> None:
        """Push SIDs and link before the wait, so that they show whatever the task does next."""
        push_each(context, sent.as_dict())
        self._link_conversation(context, sent.conversation_sid)

    def _finish(
        self, context: Context, result: dict[str, Any], status: str, waiter: dict[str, Any]
    ) -> dict[str, Any]:
        context["ti"].xcom_push(key=durable.XCOM_DELIVERY_STATUS, value=status)
        return super()._finish(context, result | {durable.XCOM_DELIVERY_STATUS: status}, status, waiter)


def _output_of_opener(conversation_sid: Any) -> Any:
    """Name the output of the task that opened the conversation, so that Twilio need not be asked."""
    operator: Any = getattr(conversation_sid, "operator", None)
    if getattr(operator, "opens_conversation", False) and conversation_sid.key == "conversation_sid":
        return operator.output
    return None
