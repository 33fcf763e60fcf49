"""The calls about what an account is set up with."""

from __future__ import annotations

from airflow_provider_flexout.twilio.api import accounts, configuration, content, messaging, studio, workspace
from tests.contract.case import AC, FW, MG, WQ, WS, WW, Case

NUMBER = "+13115550100"

CASES = [
    Case(accounts.fetch_account(AC), lambda twilio: twilio.api.v2010.accounts(AC).fetch()),
    Case(
        accounts.list_incoming_phone_numbers(AC, phone_number=NUMBER),
        lambda twilio: twilio.api.v2010.accounts(AC).incoming_phone_numbers.page(
            phone_number=NUMBER, page_size=50
        ),
    ),
    Case(configuration.fetch_flex_configuration(), lambda twilio: twilio.flex_api.v1.configuration().fetch()),
    Case(configuration.fetch_configuration(), lambda twilio: twilio.conversations.v1.configuration().fetch()),
    Case(
        configuration.list_configuration_addresses(),
        lambda twilio: twilio.conversations.v1.address_configurations.page(page_size=50),
    ),
    Case(
        configuration.fetch_configuration_webhook(),
        lambda twilio: twilio.conversations.v1.configuration.webhooks().fetch(),
    ),
    Case(
        content.list_content_and_approvals(),
        lambda twilio: twilio.content.v1.content_and_approvals.page(page_size=100),
    ),
    Case(messaging.fetch_messaging_service(MG), lambda twilio: twilio.messaging.v1.services(MG).fetch()),
    Case(messaging.list_messaging_services(), lambda twilio: twilio.messaging.v1.services.page(page_size=50)),
    Case(
        messaging.list_service_phone_numbers(MG),
        lambda twilio: twilio.messaging.v1.services(MG).phone_numbers.page(page_size=400),
    ),
    Case(
        messaging.list_us_app_to_person(MG),
        lambda twilio: twilio.messaging.v1.services(MG).us_app_to_person.page(),
    ),
    Case(
        messaging.list_channels_senders("whatsapp"),
        lambda twilio: twilio.messaging.v2.channels_senders.page(channel="whatsapp", page_size=50),
    ),
    Case(studio.fetch_flow(FW), lambda twilio: twilio.studio.v2.flows(FW).fetch()),
    Case(
        workspace.fetch_workflow(WS, WW),
        lambda twilio: twilio.taskrouter.v1.workspaces(WS).workflows(WW).fetch(),
    ),
    Case(
        workspace.fetch_task_queue(WS, WQ),
        lambda twilio: twilio.taskrouter.v1.workspaces(WS).task_queues(WQ).fetch(),
    ),
]
