"""Say how many mutants the tests noticed, and compare the others with the list that gives their reasons.

Called by `make mutants` after mutmut's run. ``survivors.json`` holds, for each mutant that no test can or has
to notice, the function, the line as it is and as it is broken, and the reason. One that is not listed fails
the run; so does one in the list that is noticed by now, so that the list stays short.
"""
# ruff: noqa: T201 - a program that talks to its user

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

LIST = Path(__file__).with_name("survivors.json")
AT_LEAST = 0.95
"""The share of mutants that tests have to notice."""
NOTICED = ("killed", "timeout")
NOT_RUN = "not checked"
"""Of those that the run was not for, where it was given names."""
PACKAGE = "airflow_provider_flexout."


def mutmut(*arguments: str) -> str:
    command = [Path(sys.executable).with_name("mutmut"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def changed_by(mutant: str) -> tuple[str, str]:
    """Give the lines that a mutant takes away, and those that it puts in their place."""
    lines = mutmut("show", mutant).splitlines()
    parts = (
        [line[1:].strip() for line in lines if re.match(rf"[{sign}](?![{sign}])", line)] for sign in "-+"
    )
    was, now = (" ".join(part) for part in parts)
    return was, now


def function_of(mutant: str) -> str:
    """Read the function's name from the mutant's: ``…lock.x_release__mutmut_3`` is in ``….lock.release``."""
    module, _, name = mutant.removeprefix(PACKAGE).partition("__mutmut_")[0].rpartition(".")
    return f"{module}.{name.replace('xǁ', '').replace('ǁ', '.').removeprefix('x_')}"


def main() -> int:
    """Print the table, and what is not as it should be; give the exit code."""
    all_states = dict(re.findall(r"^    (\S+): (.+)$", mutmut("results", "--all", "true"), re.MULTILINE))
    states = {mutant: state for mutant, state in all_states.items() if state != NOT_RUN}
    by_module: dict[str, Counter[bool]] = {}
    for mutant, state in states.items():
        by_module.setdefault(function_of(mutant).rpartition(".")[0], Counter())[state in NOTICED] += 1
    for module, counts in sorted(by_module.items()):
        print(f"{module:60} {counts[True]:5} of {counts.total():5} noticed")
    noticed = sum(counts[True] for counts in by_module.values())
    print(f"{noticed:,} of {len(states):,} mutants are noticed: {noticed / max(1, len(states)):.1%}")
    if states != all_states:
        print(f"{len(all_states) - len(states):,} others were not run.")
    listed = {
        (one["function"], one["line"], one["broken"]): one["reason"] for one in json.loads(LIST.read_text())
    }
    survivors = {
        (function_of(mutant), *changed_by(mutant)): mutant
        for mutant, state in states.items()
        if state not in NOTICED
    }
    for (function, was, now), mutant in survivors.items():
        if not listed.get((function, was, now)):
            print(f"Not noticed, and not in {LIST.name}: {mutant}\n  - {was}\n  + {now}")
    looked_at = {function.rpartition(".")[0] for function, *_ in listed} & by_module.keys()
    for function, was, now in listed.keys() - survivors.keys():
        if function.rpartition(".")[0] in looked_at:
            print(f"In {LIST.name}, and noticed by now: {function}\n  - {was}\n  + {now}")
    is_listed = all(listed.get(one) for one in survivors)
    is_complete = is_listed and (states != all_states or listed.keys() <= survivors.keys())
    return not (is_complete and noticed >= AT_LEAST * len(states))


if __name__ == "__main__":
    sys.exit(main())
