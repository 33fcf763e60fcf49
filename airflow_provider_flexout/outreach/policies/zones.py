"""The time zones in which somebody may be, by their phone number.

https://github.com/daviddrysdale/python-phonenumbers
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from airflow_provider_flexout.outreach.values.addresses import WHATSAPP

if TYPE_CHECKING:
    from collections.abc import Iterable


def zones_of(addresses: Iterable[str]) -> tuple[str, ...] | None:
    """Give all zones that the numbers may be in; ``None`` when one of them tells nothing.

    :param addresses: in E.164, with ``whatsapp:`` before them or not. A mail address, a chat identity or
        a Messenger id tells nothing.
    """
    zones: list[str] = []
    for address in addresses:
        try:
            number = phonenumbers.parse(address.removeprefix(WHATSAPP))
        except phonenumbers.NumberParseException:
            return None
        found = [zone for zone in time_zones_for_number(number) if zone != UNKNOWN_TIMEZONE]
        if not found:
            return None
        zones += found
    return tuple(dict.fromkeys(zones)) or None
