"""What a probe finds out, and what it cannot, by the names of the sandbox's settings.

The sandbox shares no code with the provider, so the names and choices stand here a second time; a test
compares them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["NOT_PROBED", "QUESTIONS", "Question"]


class Question(NamedTuple):
    """One thing that Twilio's documents leave open.

    :param subject: what is looked at, in a few words.
    :param choices: what Twilio may do, in a sentence each, by the value of the setting. Empty where the value
        is a number of seconds.
    """

    subject: str
    choices: dict[str, str]


QUESTIONS: Final = {
    "second_interaction": Question(
        "A second interaction on one conversation",
        {
            "refuse": "A second interaction on one conversation is refused.",
            "drop": "A second interaction on one conversation is accepted, and its task never exists.",
            "accept": "A second interaction on one conversation is accepted, and offers a second task.",
        },
    ),
    "taken_pair": Question(
        "An interaction for a customer who is in an open conversation",
        {
            "leave_out": "An interaction for a customer who is in an open conversation has no customer.",
            "refuse": "An interaction for a customer who is in an open conversation is refused.",
        },
    ),
    "fetched_routing": Question(
        "An interaction that is fetched",
        {
            "empty": "An interaction that is fetched does not show its task.",
            "task": "An interaction that is fetched shows its task.",
        },
    ),
    "close_twice": Question(
        "Closing a channel twice",
        {
            "refuse": "Closing a channel twice is refused.",
            "accept": "Closing a channel twice is accepted.",
        },
    ),
    "closed_name": Question(
        "The unique name of a closed conversation",
        {
            "kept": "A closed conversation keeps its unique name.",
            "freed": "Another conversation may have the unique name of a closed one.",
        },
    ),
    "date_updated": Question(
        "The date_updated of a conversation",
        {
            "keep": "A message leaves the date_updated of its conversation as it is.",
            "move": "A message moves the date_updated of its conversation.",
        },
    ),
    "timers_from": Question(
        "The timers of a conversation",
        {
            "last_message": "The timers of a conversation begin anew with each message.",
            "creation": "The timers of a conversation begin once, when they are set.",
        },
    ),
    "unaccepted_task": Question(
        "A task that nobody has accepted, once its channel is closed",
        {
            "cancel": "Closing a channel cancels a task that nobody has accepted.",
            "keep": "Closing a channel leaves a task that nobody has accepted as it is.",
        },
    ),
    "cancel_task": Question(
        "Canceling an interaction's task through TaskRouter",
        {
            "refuse": "Canceling an interaction's task through TaskRouter is refused.",
            "accept": "Canceling an interaction's task through TaskRouter is accepted.",
        },
    ),
    "flex_errors": Question(
        "The HTTP status of Flex's errors",
        {"400": "Flex's errors have the HTTP status 400.", "422": "Flex's errors have the HTTP status 422."},
    ),
    "unknown_fields": Question(
        "Fields that an operation does not know",
        {
            "refuse": "Fields that an operation does not know are refused.",
            "ignore": "Fields that an operation does not know are ignored.",
        },
    ),
    "unknown_sender": Question(
        "A sender that is not the account's",
        {
            "accept": "A participant may have a sender that is not the account's.",
            "refuse": "A sender that is not the account's is refused.",
        },
    ),
    "short_code": Question(
        "A short code as the sender",
        {
            "accept": "A participant may have a short code as the sender.",
            "refuse": "A short code as the sender is refused.",
        },
    ),
    "user_id_participant": Question(
        "A WhatsApp user id as the customer's address",
        {
            "accept": "A participant may have a WhatsApp user id as the address.",
            "refuse": "A WhatsApp user id as the address is refused.",
        },
    ),
    "replay_ahead": Question(
        "A webhook's ReplayAfter with a message that is not there yet",
        {
            "accept": "A webhook's ReplayAfter may name a message that is not there yet.",
            "refuse": "A webhook's ReplayAfter with a message that is not there yet is refused.",
        },
    ),
    "list_order": Question(
        "The order of a list of conversations",
        {
            "oldest_first": "A list of conversations begins with the oldest.",
            "newest_first": "A list of conversations begins with the newest.",
        },
    ),
    "wrong_client": Question(
        "Wrong credentials of an OAuth client",
        {
            "401": "Wrong credentials of an OAuth client have the HTTP status 401.",
            "400": "Wrong credentials of an OAuth client have the HTTP status 400.",
        },
    ),
    "unfit_file": Question(
        "A file that the channel does not carry",
        {
            "fail": "A file that the channel does not carry is accepted, and fails on its way.",
            "refuse": "A file that the channel does not carry is refused.",
        },
    ),
    "name_lag": Question("Until a conversation is found by its name", {}),
    "task_list_lag": Question("Until a new task is in the list of tasks", {}),
    "channel_setup": Question("Until a new channel is active", {}),
    "pair_release": Question("Until a pair of addresses is free again", {}),
}
"""In the order in which a probe shows them."""

NOT_PROBED: Final = {
    "declined_invite": "A task would be declined in the agent's name, and count in the agent's statistics.",
    "unmatched_task": "It takes a workflow without a default queue, and a probe sets nothing up.",
    "stop_reaches": "The owner of the phone would have to opt out, and be contacted from two senders.",
    "user_id_author": "It takes a customer who writes under a WhatsApp user id.",
    "email_binding": "It takes an interaction by email, and a probe goes to a phone.",
    "studio_delay": "The owner of the phone would have to write.",
    "token_lifetime": "It is chosen when an OAuth client is made, and its tokens contain it.",
    "rate_limits": "Twilio publishes them, and a probe does not test limits.",
    "accept_any_routing": "It is not a question about Twilio: it lets the samples on its pages be sent.",
}
"""Which settings a probe leaves as they are, and why."""
