"""Actions of customers and agents: one, or several at once, check everything before anything is done.

An action is a generator that checks, yields once, and then acts. Called as a method it does both at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from airflow_provider_flexout.sandbox.wire.http import ApiError

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["Steps", "action", "carry_out", "steps_of"]

Steps = Iterator[None]
"""An action, which stops once when it has checked everything."""


class _Actor(Protocol):
    _store: Store


ActorT = TypeVar("ActorT", bound=_Actor)
P = ParamSpec("P")


def action(steps: Callable[Concatenate[ActorT, P], Steps]) -> Callable[Concatenate[ActorT, P], ActorT]:
    """Make a method that acts at once, and returns its customer or agent.

    :param steps: checks, yields, and acts.
    """

    @wraps(steps)
    def act(actor: ActorT, /, *args: P.args, **kwargs: P.kwargs) -> ActorT:
        with actor._store.lock:  # noqa: SLF001 - of whom this is a method
            for _ in steps(actor, *args, **kwargs):
                pass
        return actor

    return act


def steps_of(actor: object, name: str) -> Callable[..., Steps]:
    """Return the function that gives the steps of an action.

    :param actor: whose it is.
    :param name: its name.
    """
    method: Any = getattr(type(actor), name)
    return MethodType(method.__wrapped__, actor)


def carry_out(actions: Sequence[Steps]) -> None:
    """Check several actions, and only then let them act, in their order.

    What one of them does may make a later one impossible; the error then says how many were done.

    :param actions: the steps of each.
    :raises ApiError: where Twilio would refuse it.
    :raises ValueError: where it makes no sense.
    :raises LookupError: where it names something that does not exist.
    """
    for steps in actions:
        next(steps)
    for done, steps in enumerate(actions):
        try:
            next(steps, None)
        except (ApiError, ValueError, LookupError) as error:
            if not done:
                raise
            count = f"{done} of {len(actions)} actions {'was' if done == 1 else 'were'} done before"
            if isinstance(error, ApiError):
                raise ApiError(error.status, error.code, f"{error.message}; {count}") from error
            raise ValueError(f"{error.args[0] if error.args else type(error).__name__}; {count}") from error
