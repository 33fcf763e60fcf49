"""The URIs ``flexout://alerts/<name>`` and ``flexout://replies/<name>``.

Imported when a DAG file names such an asset, so this imports next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from airflow.sdk import Asset


def sanitize_uri(uri: SplitResult) -> SplitResult:
    """Refuse URIs that are none of ours; Airflow calls this for the scheme ``flexout``.

    :param uri: ``flexout://alerts/<name>`` or ``flexout://replies/<name>``.
    :raises ValueError: naming what is allowed.
    """
    if uri.netloc not in durable.ASSET_KINDS or not uri.path.strip("/"):
        raise ValueError(
            f"{durable.ASSET_SCHEME}://{uri.netloc}{uri.path} is not one of "
            + ", ".join(f"{durable.ASSET_SCHEME}://{kind}/<name>" for kind in durable.ASSET_KINDS)
            + "."
        )
    return uri


def create_asset(*, kind: str = "alerts", name: str) -> Asset:
    """Make an asset of the scheme; Airflow's factory for it.

    :param kind: ``alerts`` or ``replies``.
    :param name: the alert's, or what the replies are to.
    """
    from airflow.sdk import Asset

    return Asset(
        uri=f"{durable.ASSET_SCHEME}://{kind}/{name}", name=f"{durable.ASSET_SCHEME}://{kind}/{name}"
    )
