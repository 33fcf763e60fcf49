"""Checking a campaign's arguments while the DAG is parsed.

This module is separate, since loading a campaign's rules slows the parsing of a DAG more than all other
checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.bulk.campaign import AGENT_CHOICES, Campaign
from airflow_provider_flexout.bulk.sources.open import check_source
from airflow_provider_flexout.mixins.literals.checks import without_holidays
from airflow_provider_flexout.mixins.literals.outreach import check_people, check_routing, connection_like
from airflow_provider_flexout.mixins.templates import WrappedFunction
from airflow_provider_flexout.outreach.policies.rules import read_rules
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.outreach.values.arguments import check_choice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_provider_flexout.mixins.literals.known import Literals

_OF_A_CAMPAIGN = (
    "agent", "author", "columns", "concurrency", "content_sid", "content_variables", "max_failures",
    "message", "rate",
)  # fmt: skip


def check_campaign(known: Literals, names: Iterable[str]) -> None:
    """Check what all contacts of a campaign share.

    :param known: the arguments.
    :param names: all that a campaign takes of an outreach.
    :raises InvalidInput: for the first that is wrong.
    """
    if "contacts" in known:
        check_source(known["contacts"])
    check_people(known)
    check_routing(known, by_agent=False)
    spec = {name: known[name] for name in names if name in known}
    alone = {name: known[name] for name in _OF_A_CAMPAIGN if name in known}
    if known.has(*names, *_OF_A_CAMPAIGN, "contact_window", "timezone"):
        zone = known["timezone"]
        by_row = zone.function if isinstance(zone, WrappedFunction) else None
        rules = read_rules(contact_window=without_holidays(known["contact_window"]))
        alone |= {"rules": rules, "zone_of": by_row, "columns": alone["columns"] or {}}
    else:
        if alone.get("agent") is not None:
            check_choice("agent", alone["agent"], AGENT_CHOICES)
        for name in ("close_after", "on_reply"):
            spec.pop(name, None)
        numbers = ("concurrency", "rate", "max_failures")
        alone = {name: alone[name] for name in numbers if name in alone} | {"message": "text"}
    Campaign(key="", defaults=connection_like(), spec=OutreachSpec(**spec), **alone)
