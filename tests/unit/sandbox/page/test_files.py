"""The page's files: each by its name, and nothing else."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.page.files import file_at, is_page


def test_the_page_and_its_files(sandbox):
    page = file_at("GET", "/")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"<script" in page.body
    script = file_at("GET", "/sandbox/page/scripts/app.js")
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert int(script.headers["Content-Length"]) == len(script.body)
    assert file_at("HEAD", "/").body == b""


@pytest.mark.parametrize("path", ["/sandbox/page/nothing.js", "/sandbox/page/../feed.py", "/sandbox/page/"])
def test_no_other_file(path):
    assert file_at("GET", path).status == 404


def test_the_page_is_only_read():
    assert file_at("POST", "/").status == 405
    assert [is_page(path) for path in ("/", "/sandbox/page/x", "/sandbox/", "/v1/Conversations")] == [
        True,
        True,
        False,
        False,
    ]
