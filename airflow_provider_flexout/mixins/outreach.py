"""Opening a conversation with one customer, as the arguments of an outreach say."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from airflow_provider_flexout.connection.running_task import (
    began_at,
    is_last_try,
    is_retried,
    key_of,
    logical_date_of,
    source_of,
)
from airflow_provider_flexout.mixins.base import skip
from airflow_provider_flexout.mixins.conversation import SkipMixin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy
    from airflow_provider_flexout.outreach.values.spec import OutreachSpec
    from airflow_provider_flexout.twilio.http.call import Procedure
    from airflow_provider_flexout.twilio.http.client import Client

RequestT = TypeVar("RequestT", bound="InteractionRequest")
R = TypeVar("R")


class OutreachMixin(SkipMixin):
    """An operator that opens a conversation with one customer, once."""

    def _request(
        self, context: Context, spec: OutreachSpec, kind: str, build_request: Callable[..., RequestT]
    ) -> RequestT:
        """Check the arguments and make the request; nothing is sent.

        :param context: Airflow's context.
        :param spec: the arguments.
        :param kind: the kind of the outreach's key.
        :param build_request: makes the request.
        :raises InvalidInput: for the first argument that is missing or wrong.
        """
        from airflow_provider_flexout.outreach.values.arguments import check_choice
        from airflow_provider_flexout.outreach.values.choices import ON_OPEN_CONVERSATION

        check_choice("on_open_conversation", spec.on_open_conversation, ON_OPEN_CONVERSATION)
        return build_request(
            spec,
            key=key_of(context, kind, spec.idempotency_key),
            defaults=self.hook.defaults,
            retried=is_retried(context),
            began_at=began_at(context),
            last_try=is_last_try(context),
            source=source_of(context),
            shared_key=spec.idempotency_key is not None,
            has_logical_date=logical_date_of(context) is not None,
        )

    def _open(
        self,
        context: Context,
        client: Client,
        request: RequestT,
        spec: OutreachSpec,
        procedure: Callable[..., Procedure[R]],
    ) -> R:
        """Open the conversation if the policies allow it; one opened before is adopted whatever they say.

        :param context: Airflow's context.
        :param client: the client.
        :param request: the outreach.
        :param spec: the arguments.
        :param procedure: opens the conversation.
        """
        from airflow_provider_flexout.outreach.errors import AlreadyTalking
        from airflow_provider_flexout.outreach.interaction.lookup import is_open

        policies = self._policies(request, spec)
        if policies and not client.run(is_open(request)):
            self._check_policies(context, client, policies)
        try:
            return client.run(procedure(request, on_open_conversation=spec.on_open_conversation))
        except AlreadyTalking as error:
            if spec.on_open_conversation != "skip":
                raise
            skip(context, "already_talking", str(error))

    def _policies(self, request: InteractionRequest, spec: OutreachSpec) -> Sequence[ContactPolicy]:
        """List the policies in the order in which they are checked: first skips, then holds.

        :param request: the outreach.
        :param spec: the arguments.
        """
        from airflow_provider_flexout.outreach.policies.recipients import recipients_of

        return self._rules(spec.frequency_cap).policies(recipients_of(request), request.unique_name)
