"""What a template cannot read when its text is sent: connections, Variables and other secrets.

A text that a DAG file has read while it was parsed, such as a customer's name, looks like a template of the
author's. So no template in a field that goes to Twilio can read a connection or a Variable, or include a file
of the DAG's folder. An author who wants one there passes a function, since a text cannot be one. A class
whose ``template_ext`` names endings reads files because its author said so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.version_compat import AirflowFailException

if TYPE_CHECKING:
    from typing import NoReturn

    from jinja2 import Environment

_SETTINGS = frozenset(
    {
        "after", "agent", "at", "available_timeout", "campaign", "close_after", "columns", "concurrency",
        "conn_id", "contact_window", "contacts", "conversations", "delivery_timeout", "end",
        "flexout_conn_id", "frequency_cap", "group_by", "initiated_by", "last_wait", "levels", "lookback",
        "max_failures", "media", "messages_path", "messages_table", "opt_outs_table", "path", "rate",
        "rehearsed", "results", "source_dag_id", "start", "strategy", "suppression", "table", "throttle",
        "timezone", "transfer_type", "trigger_dag_id", "wait_until",
    }
)  # fmt: skip
"""Fields that say when and how, or name a connection, a file, a table or a query; their text is not sent."""
_CHECKED = frozenset({"bcc", "cc", "channel", "from_", "to"})
"""Fields whose text must be an address or the name of a channel."""
_VARIABLE_ALONE = r"\s*\{\{\s*var\.(?:value|json)(?:\.\w+|\[['\"]\w+['\"]\])+\s*\}\}\s*"
_SECRETS = ("conn", "var")
_FORMATS = ("format", "format_map")
"""Methods of a text that read attributes by themselves, past the environment."""
_OF_ANY_TASK = ("task_id", "task_display_name", "dag_id", "owner")
_CLOSED = ("hook", "get_template_context", "get_template_env", "get_connection", "get_hook")


def may_read_secrets(name: str, content: str) -> bool:
    """Say whether a template may read connections and Variables.

    :param name: the template field.
    :param content: the template. A Variable that is a whole address is checked as one.
    """
    if name in _SETTINGS or name.startswith("on_") or name.endswith(("_sid", "_status")):
        return True
    return name in _CHECKED and bool(re.fullmatch(_VARIABLE_ALONE, content))


def without_secrets(
    name: str, context: Any, env: Environment, *, reads_files: bool = False
) -> tuple[Any, Environment]:
    """Give the context and the environment of a template that may not read connections and Variables.

    :param name: the template field, for the error.
    :param context: Airflow's context.
    :param env: the Jinja environment.
    :param reads_files: whether the class takes files in place of texts.
    """
    from jinja2 import FunctionLoader

    guarded, own = env.overlay(), context.get("task")
    if not reads_files:
        guarded.loader = FunctionLoader(partial(_refuse_file, name))
    read, item = guarded.getattr, guarded.getitem

    def checked(obj: Any, key: Any, value: Any) -> Any:
        from airflow.sdk import BaseHook, BaseOperator, Connection, Variable

        kinds = (BaseHook, Connection, Variable)
        is_secret = isinstance(value, kinds) or (isinstance(value, type) and issubclass(value, kinds))
        is_module = isinstance(obj, ModuleType) and isinstance(value, ModuleType)
        is_closed = isinstance(key, str) and (key in _CLOSED or key.startswith("_"))
        is_format = isinstance(obj, str) and key in _FORMATS
        # What another task was given, such as a token, is not for a customer's text.
        is_of_another = isinstance(obj, BaseOperator) and obj is not own and key not in _OF_ANY_TASK
        is_closed = is_closed and not isinstance(obj, Mapping)
        if is_secret or is_module or is_format or is_closed or is_of_another:
            raise _refusal(name, str(key))
        return value

    guarded.getattr = lambda obj, attribute: checked(obj, attribute, read(obj, attribute))  # type: ignore[method-assign]
    guarded.getitem = lambda obj, argument: checked(obj, argument, item(obj, argument))  # type: ignore[method-assign]
    return {**context, **{secret: _Unreadable(name, secret) for secret in _SECRETS}}, guarded


def _refuse_file(field: str, file: str) -> NoReturn:
    raise _refusal(field, file)


class _Unreadable:
    """Stands for what a template cannot read.

    :param field: the template field.
    :param name: what it stands for.
    """

    def __init__(self, field: str, name: str) -> None:
        self._refusal = _refusal(field, name)

    def __getattr__(self, name: str) -> Any:
        raise self._refusal

    def __getitem__(self, name: str) -> Any:
        raise self._refusal

    def __str__(self) -> str:
        raise self._refusal


def _refusal(field: str, what: str) -> AirflowFailException:
    return AirflowFailException(
        f"{field}: a template whose text is sent cannot read {what!r}, since the template may be "
        "a customer's, and a secret would go out with it. If it is yours, pass a function: "
        f"{field}=lambda context, jinja_env: Variable.get('…')."
    )
