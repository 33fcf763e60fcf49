"""What a DAG file loads: Airflow parses it again and again, so nothing that only a running task needs."""

from __future__ import annotations

import ast
import subprocess
import sys

from airflow_provider_flexout.get_provider_info import get_provider_info
from tests.paths import EXAMPLES

HEAVY = ("aiohttp", "holidays", "httpcore", "httpx", "pendulum", "phonenumbers", "pyarrow", "pydantic")


def named_in_dags() -> list[str]:
    """Every module of ours that the examples import, and that Airflow knows from the metadata."""
    info = get_provider_info()
    kinds = ("operators", "sensors", "triggers", "hooks")
    names = {module for kind in kinds for group in info[kind] for module in group["python-modules"]}
    names |= {path.rpartition(".")[0] for path in info["notifications"] + info["extra-links"]}
    for file in EXAMPLES.glob("*.py"):
        imports = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.ImportFrom)]
        names |= {str(node.module) for node in imports}
    return sorted(name for name in names if name.startswith("airflow_provider_flexout."))


def test_a_dag_file_loads_nothing_heavy():
    """What Airflow itself has loaded is taken out again, so that whoever asks for it shows."""
    code = (
        "import importlib, sys, airflow.sdk.execution_time.context, airflow.triggers.base\n"
        "from airflow.sdk import BaseHook, BaseNotifier, BaseOperator, BaseSensorOperator\n"
        f"for name in {HEAVY!r}: [sys.modules.pop(each) for each in list(sys.modules)"
        " if each == name or each.startswith(name + '.')]\n"
        f"for name in {named_in_dags()!r}: importlib.import_module(name)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
