"""Checks of single form and query fields, as strict as Twilio's API documents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, TypeVar

from airflow_provider_flexout.sandbox.wire.http import ApiError, parse_json
from airflow_provider_flexout.sandbox.wire.sids import is_sid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = [
    "Param",
    "absent",
    "boolean",
    "enum",
    "integer",
    "invalid_parameter",
    "is_one_line",
    "json_text",
    "moment",
    "only",
    "parse_fields",
    "period",
    "schema_of",
    "sid",
    "text",
    "web_address",
]

_T = TypeVar("_T")
_SCHEMAS: Final[dict[Callable[[str], Any], dict[str, Any]]] = {}
_MOST_DIGITS: Final = 18
_END_OF_DATES: Final = 253_402_300_800.0  # 1 January 10000
_PERIOD: Final = re.compile(
    r"P(?:([0-9]{1,4})D)?(?:T(?=[0-9])(?:([0-9]{1,6})H)?(?:([0-9]{1,8})M)?(?:([0-9]{1,9})S)?)?"
)


@dataclass(frozen=True, slots=True)
class Param:
    """One field that an operation takes.

    :param check: turns the text into a value, or raises ValueError with the reason.
    :param required: whether the operation can't do without it.
    :param many: whether it may be given more than once; its value is a list then.
    """

    check: Callable[[str], Any]
    required: bool = False
    many: bool = False


def invalid_parameter(name: str, reason: str) -> ApiError:
    """Return the error for a field that is wrong.

    :param name: the field.
    :param reason: what is wrong with it.
    """
    return ApiError(400, 20001, f"Invalid parameter {name}: {reason}")


def parse_fields(
    pairs: Iterable[tuple[str, str]], params: Mapping[str, Param], *, ignore_unknown: bool = False
) -> dict[str, Any]:
    """Read a form or a query strictly: no unknown field, no repeated one, each one checked.

    :param pairs: names and values.
    :param params: what may stand in it.
    :param ignore_unknown: whether unknown fields are left out, and not refused.
    :raises ApiError: 400/20001.
    """
    found: dict[str, Any] = {}
    for name, value in pairs:
        param = params.get(name)
        if param is None and ignore_unknown:
            continue
        if param is None:
            raise invalid_parameter(name, "unknown to this operation")
        try:
            checked = param.check(value)
        except ValueError as error:
            raise invalid_parameter(name, str(error)) from error
        if param.many:
            found.setdefault(name, []).append(checked)
        elif name in found:
            raise invalid_parameter(name, "given more than once")
        else:
            found[name] = checked
    for name, param in params.items():
        if param.required and name not in found:
            raise ApiError(400, 20001, f"Missing required parameter {name} in the request")
    return found


def _described(check: Callable[[str], _T], **schema: Any) -> Callable[[str], _T]:
    """Register the JSON Schema of what a check accepts; values that are None are left out."""
    _SCHEMAS[check] = {name: value for name, value in schema.items() if value is not None}
    return check


def schema_of(param: Param) -> dict[str, Any]:
    """Return what a field may hold, in JSON Schema.

    :param param: the field.
    """
    schema = _SCHEMAS.get(param.check, {"type": "string"})
    return {"type": "array", "items": schema} if param.many else schema


def is_one_line(value: str) -> bool:
    """Tell whether a text can stand in a mail's header, which a line break would end.

    :param value: a subject or a display name.
    """
    return not any(each in "\x7f\x85\u2028\u2029" or each < " " for each in value)


def text(longest: int | None = None, *, one_line: bool = False) -> Callable[[str], str]:
    """Return a check for text.

    :param longest: the most characters, if there is a limit.
    :param one_line: whether it stands in a mail's header.
    """

    def check(value: str) -> str:
        if longest is not None and len(value) > longest:
            raise ValueError(f"longer than {longest} characters")
        if one_line and not is_one_line(value):
            raise ValueError("holds a line break or another control character")
        return value

    return _described(check, type="string", maxLength=longest)


def json_text(
    longest: int, also: Callable[[str], object] | None = None, *, codes: tuple[int, int] | None = None
) -> Callable[[str], str]:
    """Return a check for a JSON object in a string.

    Twilio says characters of a task's attributes, and KB of others, which are read as characters too.

    :param longest: the most characters.
    :param also: reads the object, and raises a ValueError where it is not what it must be.
    :param codes: Twilio's codes for what is too long and for what is not JSON, where it has such.
    """
    too_long, not_json = codes or (None, None)

    def refused(code: int | None, reason: str) -> Exception:
        return ValueError(reason) if code is None else ApiError(400, code, f"The attributes are {reason}")

    def check(value: str) -> str:
        if len(value) > longest:
            raise refused(too_long, f"longer than {longest} characters")
        try:
            parsed = parse_json(value)
        except ValueError as error:
            raise refused(not_json, f"not a valid JSON string ({error})") from error
        if not isinstance(parsed, dict):
            raise ValueError("not a JSON object")  # noqa: TRY004
        if also is not None:
            also(value)
        return value

    return _described(check, type="string", maxLength=longest, contentMediaType="application/json")


def sid(prefix: str) -> Callable[[str], str]:
    """Return a check for a SID.

    :param prefix: two letters, such as ``CH``.
    """

    def check(value: str) -> str:
        if not is_sid(value, prefix):
            raise ValueError(f"not a SID of the form {prefix} and 32 hexadecimal digits")
        return value

    return _described(check, type="string", pattern=f"^{prefix}[0-9a-fA-F]{{32}}$")


def enum(*values: str) -> Callable[[str], str]:
    """Return a check for one of several values.

    :param values: the values.
    """

    def check(value: str) -> str:
        if value not in values:
            raise ValueError(f"{value!r} is not one of {', '.join(values)}")
        return value

    return _described(check, type="string", enum=list(values))


def integer(least: int | None = None, most: int | None = None) -> Callable[[str], int]:
    """Return a check for a whole number.

    :param least: the smallest.
    :param most: the largest.
    """

    def check(value: str) -> int:
        if not re.fullmatch(r"-?[0-9]+", value):
            raise ValueError("not a whole number")
        number = int(value[:_MOST_DIGITS])
        if len(value) > _MOST_DIGITS or (most is not None and number > most):
            raise ValueError("too large a number" if most is None else f"larger than {most}")
        if least is not None and number < least:
            raise ValueError(f"smaller than {least}")
        return number

    return _described(check, type="integer", minimum=least, maximum=most)


def boolean(value: str) -> bool:
    """Read ``true`` or ``false``.

    :param value: the text.
    """
    if value.lower() not in {"true", "false"}:
        raise ValueError("neither true nor false")
    return value.lower() == "true"


def moment(value: str) -> float:
    """Read an ISO 8601 date with time, or a date alone; without an offset, it is UTC.

    :param value: the text.
    :return: seconds since the epoch.
    """
    try:
        parsed = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError as error:
        raise ValueError("not an ISO 8601 date") from error
    date = (parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)).timestamp()
    if not 0 <= date < _END_OF_DATES:
        raise ValueError("not a date between 1970 and 9999")
    return date


_described(boolean, type="boolean")
_described(moment, type="string", format="date-time")


def absent(value: str) -> str:
    """Refuse what Twilio takes and the sandbox would have to ignore; empty text asks for nothing.

    :param value: the text.
    :raises ApiError: 501/20501.
    """
    if value:
        raise ApiError(501, 20501, f"The sandbox does not have this field yet; its value is {value[:80]!r}")
    return value


def only(*values: str) -> Callable[[str], str]:
    """Return a check for a field of which the sandbox supports only some values; others would have no effect.

    :param values: those that it has.
    """

    def check(value: str) -> str:
        return value if value in values else absent(value)

    return _described(check, type="string", enum=list(values))


def web_address(value: str) -> str:
    """Check the URL of a webhook; empty text takes it away.

    :param value: the form field.
    """
    if value and not value.startswith(("https://", "http://")):
        raise ValueError("not an absolute URL")
    return value


def period(least: float) -> Callable[[str], float]:
    """Return a check for an ISO 8601 duration such as ``PT10M`` or ``P1DT2H``.

    :param least: the shortest, in seconds.
    """

    def check(value: str) -> float:
        match = _PERIOD.fullmatch(value)
        if match is None or not any(match.groups()):
            raise ValueError("not an ISO 8601 duration")
        days, hours, minutes, rest = (int(part or 0) for part in match.groups())
        length = days * 86400.0 + hours * 3600.0 + minutes * 60.0 + rest
        if length < least:
            raise ValueError(f"shorter than {least:.0f} seconds")
        return length

    return _described(check, type="string", format="duration")
