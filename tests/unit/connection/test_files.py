"""Files to send: a local path or an object in storage, described without being read."""

from __future__ import annotations

import traceback

import pytest
from airflow.sdk import ObjectStoragePath

from airflow_provider_flexout.connection.files import file_at
from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.message.media import upload


@pytest.mark.parametrize("kind", [str, lambda path: path, lambda path: ObjectStoragePath(f"file://{path}")])
def test_a_file_is_read_only_when_it_is_sent(tmp_path, kind):
    path = tmp_path / "invoice.pdf"
    file = file_at(kind(path))
    path.write_bytes(b"%PDF-")
    assert (file.name, file.content_type) == ("invoice.pdf", "application/pdf")
    assert (file.size(), file.read()) == (5, b"%PDF-")


@pytest.mark.parametrize("ending", [".png", ".exe", ""])
@pytest.mark.parametrize("size", [None, 0, 1])
@pytest.mark.parametrize("name", ["+447700900123", "invoice 2025550143", "ada@example.com"])
def test_an_address_in_its_name_is_masked(tmp_path, name, ending, size):
    path = tmp_path / f"{name}{ending}"
    if size is not None:
        path.write_bytes(b"x" * size)

    def send():
        file = file_at(path)
        file.check(CHANNELS["sms"])
        path.unlink()
        steps = upload(file, "IS" + "0" * 32)
        next(steps)

    with pytest.raises((InvalidInput, RuntimeError)) as failed:
        send()
    shown = "".join(traceback.format_exception(failed.value))
    assert "•••" in shown
    assert name not in shown


def test_a_file_whose_name_does_not_tell_its_type_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"'invoice' has no ending .* such as \.png"):
        file_at(tmp_path / "invoice")
