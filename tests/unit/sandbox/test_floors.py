"""How many modules an import goes through at most, from the sandbox's entrances down to its lowest floor."""

from __future__ import annotations

from functools import cache

import grimp

SANDBOX = "airflow_provider_flexout.sandbox"
FLOORS = 8


def test_the_longest_chain_of_imports_has_eight_modules():
    graph = grimp.build_graph("airflow_provider_flexout", cache_dir=None)
    modules = {name for name in graph.modules if name == SANDBOX or name.startswith(f"{SANDBOX}.")}

    @cache
    def longest(module: str) -> tuple[str, ...]:
        below = graph.find_modules_directly_imported_by(module) & modules
        return (module, *max(map(longest, below), key=len, default=()))

    chain = max(map(longest, modules), key=len)
    assert len(chain) <= FLOORS, " -> ".join(chain)
