"""Speaking in conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.links.flex import ConversationLink, conversation_url
from airflow_provider_flexout.operators.base import (
    FlexOperator,
    is_retried,
    key_of,
    permanent_errors_fail_at_once,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context


class SendConversationMessageOperator(FlexOperator):
    """Say something in a conversation, once.

    The message carries a key among its attributes, and the conversation is read back before anything
    is sent, so that a retried, cleared or killed task does not say it twice.

    Twilio's page: https://www.twilio.com/docs/conversations/api/conversation-message-resource

    :param conversation_sid: ``CH…``, for example ``create.output["conversation_sid"]``.
    :param body: the text, 1,600 characters at most; or
    :param content_sid: a template, ``HX…``; or
    :param media_sid: a file that was uploaded before, ``ME…``, which may stand beside a body.
    :param content_variables: the template's variables, for example ``{"1": "Ada"}``.
    :param author: who says it; Twilio's default is ``system``.
    :param subject: the subject of an email, 256 characters at most.
    :param attributes: attributes of the message, 4,096 characters of JSON at most.
    :param idempotency_key: 1 to 256 characters; the default is one message per task instance.
    :param validate: whether SIDs are checked before anything is sent; off for sample data.
    :param flexout_conn_id: the Airflow connection.
    :returns: ``message_sid`` (IM), ``conversation_sid`` (CH), ``index``, ``created`` (false when an
        earlier attempt had said it); each is also an XCom of its own.
    :raises AirflowFailException: when the arguments are wrong or Twilio refuses for good.
    """

    template_fields: Sequence[str] = (
        "conversation_sid",
        "body",
        "content_sid",
        "content_variables",
        "media_sid",
        "author",
        "subject",
        "attributes",
        "idempotency_key",
        "flexout_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "content_variables": "json",
        "attributes": "json",
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
        author: str | None = None,
        subject: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        validate: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.conversation_sid = conversation_sid
        self.body = body
        self.content_sid = content_sid
        self.content_variables = content_variables
        self.media_sid = media_sid
        self.author = author
        self.subject = subject
        self.attributes = attributes
        self.idempotency_key = idempotency_key
        self.validate = validate

    def execute(self, context: Context) -> dict[str, Any]:
        """Send the message, or find the one that an earlier attempt sent."""
        from airflow_provider_flexout.outreach.speaking import say_once
        from airflow_provider_flexout.outreach.utterance import Utterance

        with permanent_errors_fail_at_once():
            utterance = Utterance(
                key=key_of(context, "message", self.idempotency_key),
                conversation_sid=self.conversation_sid,
                body=self.body,
                content_sid=self.content_sid,
                content_variables=self.content_variables,
                media_sid=self.media_sid,
                author=self.author,
                subject=self.subject,
                attributes=self.attributes,
                retried=is_retried(context),
            )
            utterance.check(validate=self.validate)
            with self.hook.get_conn() as client:
                said = client.run(say_once(utterance))
        ti, hook = context["ti"], self.hook
        for name, value in said.as_dict().items():
            ti.xcom_push(key=name, value=value)
        link = conversation_url(hook.defaults.chat_service_sid, said.conversation_sid, hook.base_url)
        ti.xcom_push(key=ConversationLink.xcom_key, value=link)
        return said.as_dict()
