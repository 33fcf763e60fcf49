"""The URIs ``flexout://alerts/<name>`` and ``flexout://replies/<name>``.

Imported when a DAG file names such an asset, so this imports next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from airflow.providers.common.compat.openlineage.facet import Dataset
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


def convert_asset_to_openlineage(asset: Asset, _: object) -> Dataset:
    """Name an asset of the scheme as OpenLineage does; its provider calls this.

    :param asset: ``flexout://alerts/<name>`` or ``flexout://replies/<name>``.
    :returns: a dataset with the kind as its namespace; an address in the name is masked.
    """
    from urllib.parse import unquote, urlsplit

    from airflow.providers.common.compat.openlineage.facet import Dataset

    from airflow_provider_flexout.twilio.http.redaction import mask_text

    uri = urlsplit(asset.uri)
    return Dataset(
        namespace=f"{durable.ASSET_SCHEME}://{uri.netloc}", name=mask_text(unquote(uri.path.strip("/")))
    )


def create_asset(*, kind: str = "alerts", name: str) -> Asset:
    """Make an asset of the scheme; Airflow's factory for it.

    :param kind: ``alerts`` or ``replies``.
    :param name: the alert's, or what the replies are to.
    """
    from airflow.sdk import Asset

    return Asset(
        uri=f"{durable.ASSET_SCHEME}://{kind}/{name}", name=f"{durable.ASSET_SCHEME}://{kind}/{name}"
    )
