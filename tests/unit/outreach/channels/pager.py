"""A channel that no file of the product knows, as somebody would add it: pagers, ``pager:`` and a number.

A pager is one person with leading zeros and without them, and all of them are in Rome.
"""

from __future__ import annotations

import re

from airflow_provider_flexout.outreach.channels.base import TextLimit
from airflow_provider_flexout.outreach.channels.pair import PairChannel
from airflow_provider_flexout.outreach.errors import InvalidInput

PREFIX = "pager:"
ADDRESS = re.compile(r"pager:\d{1,6}")


class Pager(PairChannel):
    """Pages."""

    name = "pager"
    sender_fields = ("pager_from",)
    text_limit = TextLimit(40)
    media_types = ("text/",)
    read_receipts = False
    opt_out_keywords = frozenset({"STOP"})

    def recognizes(self, address: str) -> bool:
        return address.startswith(PREFIX)

    def check_address(self, argument: str, value: str) -> None:
        if not ADDRESS.fullmatch(value):
            raise InvalidInput(argument, f"{self.masked(value)!r} is not a pager.")

    def normalize(self, address: str) -> str:
        return PREFIX + address if address.isdecimal() else address

    def person(self, address: str) -> str:
        return PREFIX + address.removeprefix(PREFIX).lstrip("0")

    def addresses(self, address: str) -> tuple[str, ...]:
        number = self.person(address).removeprefix(PREFIX)
        return tuple(PREFIX + number.zfill(length) for length in range(len(number), 7))

    def masked(self, address: str) -> str:
        return PREFIX + "#" + address[-1:]

    def time_zones(self, address: str) -> tuple[str, ...]:
        return ("Europe/Rome",)

    def media_limit(self, content_type: str) -> int:
        return 100
