"""What this machine lacks for a test."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(needed: str) -> NoReturn:
    """Skip the test, or fail it where ``CI`` is set: what runs there has to install what the tests need.

    :param needed: what the test needs, and how to get it.
    """
    if os.environ.get("CI"):
        pytest.fail(needed, pytrace=False)
    pytest.skip(needed)
