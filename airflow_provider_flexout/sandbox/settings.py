"""How the stand-in behaves where Twilio's behaviour is unknown, varies, or has to be provoked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from airflow_provider_flexout.sandbox.clock import seconds

__all__ = ["Settings"]

_CHOICES: Final = {
    "second_interaction": ("refuse", "drop", "accept"),
    "close_twice": ("refuse", "accept"),
    "taken_pair": ("leave_out", "refuse"),
}
_DURATIONS: Final = frozenset({"channel_setup", "pair_release", "task_list_lag", "token_lifetime"})


@dataclass(slots=True)
class Settings:
    """The sandbox's settings; durations are seconds or text such as ``"90s"``.

    :param second_interaction: a second interaction for a conversation that has one: ``refuse`` (400/45353),
        ``drop`` (200 with SIDs of things that never exist) or ``accept`` (a second, real one).
    :param close_twice: closing a channel that is not open: ``refuse`` (400/80906) or ``accept`` (200).
    :param taken_pair: an interaction whose participant already talks on that pair of addresses: ``leave_out``
        (200, but the conversation has no customer, as in Twilio's known issue) or ``refuse`` (409/50416).
    :param accept_any_routing: sample SIDs (``WSXXXX…``) stand for the seeded ones, and addresses are not
        looked at, so that requests can be replayed from the documentation as they stand.
    :param channel_setup: how long a new channel stays in ``setup``.
    :param pair_release: how long a pair of addresses stays taken after its conversation is closed or deleted.
    :param task_list_lag: how long a new task is missing from the list of tasks; fetching it works at once.
    :param token_lifetime: how long an OAuth access token is valid.
    """

    second_interaction: str = "refuse"
    close_twice: str = "refuse"
    taken_pair: str = "leave_out"
    accept_any_routing: bool = False
    channel_setup: float = 0.0
    pair_release: float = 0.0
    task_list_lag: float = 0.0
    token_lifetime: float = 3600.0

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _CHOICES:
            if value not in _CHOICES[name]:
                raise ValueError(f"{name} is one of {', '.join(_CHOICES[name])}, not {value!r}")
        elif name in _DURATIONS:
            value = seconds(value)
        elif name == "accept_any_routing" and not isinstance(value, bool):
            raise ValueError(f"{name} is true or false, not {value!r}")
        object.__setattr__(self, name, value)

    def update(self, changes: dict[str, Any]) -> None:
        """Change several settings at once, or none if one of them is wrong.

        :param changes: new values by name.
        :raises ValueError: for an unknown name or a value that is not possible.
        """
        unknown = sorted(changes.keys() - {each.name for each in fields(self)})
        if unknown:
            raise ValueError(f"no such setting: {', '.join(unknown)}")
        Settings(**changes)  # raises on a wrong value before the first one is taken over
        for name, value in changes.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings by name."""
        return asdict(self)
