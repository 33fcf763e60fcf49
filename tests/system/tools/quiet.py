"""None of the tools tells anybody of its use, nor writes into the home of whoever runs the tests.

Importing this sees to it; it comes before the tools.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="flexout-tools-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
(HOME / ".soda").mkdir()
(HOME / ".soda" / "config.yml").write_text("send_anonymous_usage_stats: false\n")
os.environ |= {"DO_NOT_TRACK": "1", "GX_ANALYTICS_ENABLED": "false", "HOME": str(HOME)}
