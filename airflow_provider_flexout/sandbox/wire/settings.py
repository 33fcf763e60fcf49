"""How the sandbox behaves where Twilio's behaviour is unknown, varies, or must be provoked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from airflow_provider_flexout.sandbox.wire.assumptions import ASSUMPTIONS
from airflow_provider_flexout.sandbox.wire.clock import seconds

__all__ = ["SandboxSettings"]

_CHOICES: Final = {each.setting: tuple(each.choices) for each in ASSUMPTIONS}
_SWITCHES: Final = frozenset({"accept_any_routing", "rate_limits"})
_DURATIONS: Final = frozenset(
    {"channel_setup", "name_lag", "pair_release", "studio_delay", "task_list_lag", "token_lifetime"}
)


@dataclass(slots=True)
class SandboxSettings:
    """The sandbox's settings; durations are seconds or text such as ``"90s"``.

    A setting that is text chooses one of the things that Twilio may do, where that is not published.
    :data:`~airflow_provider_flexout.sandbox.wire.assumptions.ASSUMPTIONS` says what each value means.

    :param accept_any_routing: whether sample SIDs (``WSXXXX…``) stand for the seeded ones, and addresses are
        not checked, so that the requests in Twilio's documentation can be sent unchanged.
    :param channel_setup: how long a new channel stays in ``setup``.
    :param name_lag: how long a new conversation is not found by its unique name; the name is taken at once.
    :param pair_release: how long a pair of addresses stays taken after its conversation is closed or deleted.
    :param rate_limits: whether Twilio's published limits of requests per second are kept to: 3 searches among
        tasks, workers or queues by an expression, 30 conversations, and 30 messages or participants in each.
        A request beyond them gets 429/20429.
    :param studio_delay: how long after a customer's message a Studio flow starts.
    :param task_list_lag: how long a new task is missing from the list of tasks; fetching it works at once.
    :param token_lifetime: how long an OAuth access token is valid.
    """

    second_interaction: str = "refuse"
    close_twice: str = "refuse"
    taken_pair: str = "leave_out"
    flex_errors: str = "400"
    fetched_routing: str = "empty"
    closed_name: str = "kept"
    timers_from: str = "last_message"
    date_updated: str = "keep"
    unaccepted_task: str = "cancel"
    unmatched_task: str = "cancel"
    cancel_task: str = "refuse"
    declined_invite: str = "cancel"
    unknown_fields: str = "refuse"
    unknown_sender: str = "accept"
    list_order: str = "oldest_first"
    stop_reaches: str = "one_sender"
    user_id_participant: str = "accept"
    user_id_author: str = "participant"
    wrong_client: str = "401"
    unfit_file: str = "fail"
    replay_ahead: str = "accept"
    email_binding: str = "set"
    short_code: str = "accept"
    accept_any_routing: bool = False
    channel_setup: float = 0.0
    name_lag: float = 0.0
    pair_release: float = 0.0
    rate_limits: bool = True
    studio_delay: float = 0.0
    task_list_lag: float = 0.0
    token_lifetime: float = 3600.0

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _CHOICES:
            if value not in _CHOICES[name]:
                raise ValueError(f"{name} is one of {', '.join(_CHOICES[name])}, not {value!r}")
        elif name in _DURATIONS:
            try:
                value = seconds(value)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        elif name in _SWITCHES and not isinstance(value, bool):
            raise ValueError(f"{name} is true or false, not {value!r}")
        object.__setattr__(self, name, value)

    def update(self, changes: dict[str, Any]) -> None:
        """Change several settings at once, or none if one of them is wrong.

        :param changes: new values by name.
        :raises ValueError: for an unknown name or a value that is not possible.
        """
        known = [each.name for each in fields(self)]
        unknown = sorted(changes.keys() - set(known))
        if unknown:
            raise ValueError(f"no such setting: {', '.join(unknown)}; there are {', '.join(known)}")
        SandboxSettings(**changes)  # raises on a wrong value before the first one is taken over
        for name, value in changes.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings by name."""
        return asdict(self)
