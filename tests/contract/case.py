"""One of our calls beside what the ``twilio`` package makes of the same wish, and SIDs to make them with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow_provider_flexout.twilio.http.call import Call


def _sid(prefix: str) -> str:
    return prefix + "1" * 32


AC, CH, FW, HQ, HX, IM, KD, KG, ME, MG, UO = map(
    _sid, ("AC", "CH", "FW", "HQ", "HX", "IM", "KD", "KG", "ME", "MG", "UO")
)
UT, WH, WK, WQ, WR, WS, WT, WW = map(_sid, ("UT", "WH", "WK", "WQ", "WR", "WS", "WT", "WW"))


@dataclass
class Case:
    """One of our calls, and the same thing asked of the ``twilio`` package."""

    call: Call[Any]
    theirs: Any

    def __repr__(self) -> str:
        return self.call.name
