"""The asset events that started a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def each_event(triggering_asset_events: Mapping[Any, Iterable[Any]]) -> Iterator[tuple[Any, Any]]:
    """Give each event with its asset, in the order in which Airflow has them.

    :param triggering_asset_events: ``triggering_asset_events`` of Airflow's context.
    :raises InvalidInput: when it is something else.
    """
    if not hasattr(triggering_asset_events, "items"):  # Airflow's is a mapping by its methods alone
        from airflow_provider_flexout.outreach.errors import InvalidInput
        from airflow_provider_flexout.twilio.http.redaction import type_of

        raise InvalidInput(
            "triggering_asset_events",
            f"got {type_of(triggering_asset_events)}; pass what Airflow's context has under that name.",
        )
    for asset, events in triggering_asset_events.items():
        for event in events:
            yield asset, event
