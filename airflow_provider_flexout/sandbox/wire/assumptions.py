"""What Twilio has not published and the sandbox must assume, with the switch that assumes otherwise.

Each is a setting of :class:`~airflow_provider_flexout.sandbox.wire.settings.SandboxSettings`; the first
choice is the default. ``docs/parity.md`` lists them from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ASSUMPTIONS", "Assumption"]


class Assumption(NamedTuple):
    """One question that Twilio's documents leave open.

    :param setting: the switch.
    :param question: what is not published.
    :param choices: what Twilio may do, by the value of the setting; the assumed one comes first.
    """

    setting: str
    question: str
    choices: Mapping[str, str]


ASSUMPTIONS: Final = (
    Assumption(
        "second_interaction",
        "A second interaction for a conversation that has one",
        {
            "refuse": "400/45353",
            "drop": "200, with SIDs of resources that never exist",
            "accept": "a second, real one",
        },
    ),
    Assumption(
        "close_twice",
        "Closing a channel that is not open",
        {"refuse": "400/80906", "accept": "200, as it is"},
    ),
    Assumption(
        "taken_pair",
        "An interaction whose participant already talks on that pair of addresses",
        {
            "leave_out": "200, but the conversation has no customer, as in Twilio's known issue",
            "refuse": "409/50416",
        },
    ),
    Assumption(
        "flex_errors",
        "The HTTP status of Flex's errors, 45000 to 45999",
        {"400": "Bad Request", "422": "Unprocessable Entity"},
    ),
    Assumption(
        "fetched_routing",
        "The `routing` of an interaction that is fetched",
        {
            "empty": "null: only the response to creating one shows its task",
            "task": "its task, as when it was created",
        },
    ),
    Assumption(
        "closed_name",
        "The unique name of a closed conversation",
        {"kept": "taken until the conversation is deleted", "freed": "another conversation may have it"},
    ),
    Assumption(
        "timers_from",
        "When a conversation's timers begin",
        {"last_message": "anew with each message", "creation": "once, when they are set"},
    ),
    Assumption(
        "date_updated",
        "The `date_updated` of a conversation to which a message is added",
        {"keep": "stays as it is", "move": "becomes that of the message"},
    ),
    Assumption(
        "unaccepted_task",
        "A task that nobody has accepted when its channel is closed",
        {"cancel": "is canceled", "keep": "stays as it is"},
    ),
    Assumption(
        "unmatched_task",
        "A task that no filter of its workflow takes, where the workflow has no default queue",
        {"cancel": "is canceled at once, as after the last target", "wait": "stays pending, in no queue"},
    ),
    Assumption(
        "cancel_task",
        "Canceling an interaction's task through TaskRouter",
        {"refuse": "400/20001", "accept": "ends it, and closes its channel"},
    ),
    Assumption(
        "declined_invite",
        "A task for one worker who declines it",
        {"cancel": "is canceled; channel and conversation stay open", "wait": "stays pending"},
    ),
    Assumption(
        "unknown_fields",
        "Form and query fields that an operation does not know",
        {"refuse": "400/20001", "ignore": "they are ignored"},
    ),
    Assumption(
        "unknown_sender",
        "A proxy address that is not among the account's senders",
        {"accept": "is taken", "refuse": "400/50408"},
    ),
    Assumption(
        "list_order",
        "The order of a list of conversations without dates",
        {"oldest_first": "in order of creation", "newest_first": "the other way round"},
    ),
    Assumption(
        "stop_reaches",
        "A customer's STOP, by SMS or WhatsApp",
        {
            "one_sender": "ends those from the sender it went to, or from its Messaging Service",
            "every_sender": "ends messages from all senders",
        },
    ),
    Assumption(
        "user_id_participant",
        "A participant whose address is a WhatsApp user id, such as `whatsapp:US.1349…`",
        {"accept": "is taken", "refuse": "400/50407"},
    ),
    Assumption(
        "user_id_author",
        "A message whose `Author` is a WhatsApp user id, in a conversation that knows the customer's number",
        {"participant": "names the customer as its participant", "nobody": "names no participant"},
    ),
    Assumption(
        "wrong_client",
        "Wrong credentials of an OAuth client",
        {"401": "401/20003", "400": "400/20001"},
    ),
    Assumption(
        "unfit_file",
        "A file that its channel does not carry, by size or type, according to Flex's page on file limits",
        {
            "fail": "201, and the receipt fails with 11751 or 12300; on web, which has no receipts, 400",
            "refuse": "400 with 11751 or 12300",
        },
    ),
    Assumption(
        "short_code",
        "A short code as the proxy address of a conversation's new participant",
        {"accept": "is taken", "refuse": "400/50408"},
    ),
    Assumption(
        "replay_ahead",
        "A webhook's `ReplayAfter` with the index of a message that is not there yet",
        {"accept": "is taken, and nothing is replayed", "refuse": "400/20001"},
    ),
    Assumption(
        "email_binding",
        "Our address in the conversation of an email, beside the agents' projected address",
        {"set": "is in its `bindings.email`", "unset": "is nowhere else"},
    ),
)
