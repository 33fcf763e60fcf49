"""Where the tests find what is not theirs."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "dags_examples"
DOCS = ROOT / "docs"

_BESIDE = ROOT.parent / "shared"
OPENAPI = Path(os.environ.get("FLEXOUT_OAI_DIR", _BESIDE / "oai"))
"""Twilio's OpenAPI documents; tests against them are skipped where there are none."""

SEED = Path(os.environ.get("FLEXOUT_SEED", _BESIDE / "seed" / "send-outbound-messages.md"))
"""Twilio's page on sending outbound messages, likewise."""
