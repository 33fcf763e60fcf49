"""Files to send: a local path or an object in storage, described without being read."""

from __future__ import annotations

import pytest
from airflow.sdk import ObjectStoragePath

from airflow_provider_flexout.connection.files import file_at
from airflow_provider_flexout.outreach.errors import InvalidInput


@pytest.mark.parametrize("kind", [str, lambda path: path, lambda path: ObjectStoragePath(f"file://{path}")])
def test_a_file_is_read_only_when_it_is_sent(tmp_path, kind):
    path = tmp_path / "invoice.pdf"
    file = file_at(kind(path))
    path.write_bytes(b"%PDF-")
    assert (file.name, file.content_type) == ("invoice.pdf", "application/pdf")
    assert (file.size(), file.read()) == (5, b"%PDF-")


def test_a_file_whose_name_does_not_tell_its_type_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"'invoice' has no ending .* such as \.png"):
        file_at(tmp_path / "invoice")
