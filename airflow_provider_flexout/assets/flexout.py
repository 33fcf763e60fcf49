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
    """Refuse URIs that are not ours or contain an address; Airflow calls this for the scheme ``flexout``.

    Airflow shows an asset's URI to everybody, and OpenLineage's provider sends it on as it is.

    :param uri: ``flexout://alerts/<name>`` or ``flexout://replies/<name>``.
    :raises ValueError: naming what is allowed.
    """
    from airflow_provider_flexout.twilio.http.redaction import mask_text

    name = uri._replace(scheme="", netloc="").geturl().strip("/")
    _refuse_address(name)
    if uri.netloc not in durable.ASSET_KINDS or not uri.path.strip("/"):
        allowed = ", ".join(f"{durable.ASSET_SCHEME}://{kind}/<name>" for kind in durable.ASSET_KINDS)
        raise ValueError(f"{durable.ASSET_SCHEME}://{mask_text(uri.netloc)}/{name} is not one of {allowed}.")
    return uri


def convert_asset_to_openlineage(asset: Asset, _: object) -> Dataset:
    """Name an asset of the scheme as OpenLineage does; its provider calls this.

    :param asset: ``flexout://alerts/<name>`` or ``flexout://replies/<name>``.
    :returns: a dataset with the kind as its namespace.
    """
    from urllib.parse import unquote, urlsplit

    from airflow.providers.common.compat.openlineage.facet import Dataset

    uri = urlsplit(asset.uri)
    return Dataset(namespace=f"{durable.ASSET_SCHEME}://{uri.netloc}", name=unquote(uri.path.strip("/")))


def create_asset(*, kind: str = "alerts", name: str) -> Asset:
    """Make an asset of the scheme; Airflow's factory for it.

    :param kind: ``alerts`` or ``replies``.
    :param name: the name of the alert, or of what the replies are to.
    :raises ValueError: when the kind is neither of these, or the name is empty or contains what looks like an
        address.
    """
    from airflow.sdk import Asset

    _refuse_address(name)
    uri = f"{durable.ASSET_SCHEME}://{kind}/{name}"
    return Asset(uri=uri, name=uri)


def _refuse_address(name: str) -> None:
    from airflow_provider_flexout.twilio.http.redaction import mask_text

    shown = mask_text(name)
    if shown != name:
        raise ValueError(
            f"The name of an asset contains what looks like somebody's address: {shown}. Everybody can read "
            "the names of assets. Name it after what it is about."
        )
