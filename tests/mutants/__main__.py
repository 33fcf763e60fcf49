"""Break the rules one line at a time, and say how many of these mutants the tests notice.

``make mutants`` calls it, and it writes ``docs/mutants.md``. ``survivors.json`` holds, for each mutant that
no test can or has to notice, the function, the line as it is and as it is broken, and the reason. One that is
not listed fails the run; so does one in the list that is noticed by now, so that the list stays short.

A verdict holds until the function changes, and one of a mutant that was not noticed until a test changes.
So a run that was interrupted resumes where it stopped.
"""
# ruff: noqa: T201 - a program that talks to its user

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation.data import MutantLineSpans, SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.utils.file_utils import walk_mutatable_files

from tests.mutants.page import PAGE, Count, Survivor, read_survivors, write

AT_LEAST = 0.95
"""The share of mutants that tests have to notice."""
FOLDER = Path("mutants")
VERDICTS = FOLDER / "verdicts.jsonl"
TO_JUDGE = FOLDER / "to-judge.json"
PACKAGE = "airflow_provider_flexout."


def generate() -> dict[str, dict[str, Any]]:
    """Write the package with all its mutants into a folder; describe each mutant."""
    FOLDER.mkdir(exist_ok=True)
    mutmut.copy_src_dir()
    mutmut.copy_also_copy_files()
    mutmut.create_mutants(1)
    return {mutant: about for path in walk_mutatable_files() for mutant, about in _mutants_of(path)}


def _mutants_of(path: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    data = SourceFileMutationData(path=path)
    data.load()
    spans = MutantLineSpans.load(path)
    for mutant in data.exit_code_by_key:
        name = mutant.rpartition(".")[2]
        function = name.partition("__mutmut_")[0]
        texts = spans.read_function_sources([f"{function}__mutmut_orig", name])
        # A mutant's number changes with each line above it; what it does is what it is known by.
        text = re.sub(r"__mutmut_(\d+|orig)", "", "\0".join(texts))
        yield mutant, {"path": str(path), "text": hashlib.sha256(text.encode()).hexdigest()}


def tests_digest() -> str:
    files = sorted(path for path in Path("tests").rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def known_verdicts(mutants: dict[str, dict[str, Any]], tests: str) -> dict[str, dict[str, Any]]:
    """Read what was judged before and still holds, by mutant."""
    if not VERDICTS.exists():
        return {}
    by_text = {}
    for line in VERDICTS.read_text().splitlines():
        verdict = json.loads(line)
        if verdict["noticed"] or verdict["test_files"] == tests:
            by_text[_function_of(verdict["mutant"]), verdict["text"]] = verdict
    return {
        mutant: verdict
        for mutant, about in mutants.items()
        if (verdict := by_text.get((_function_of(mutant), about["text"])))
    }


def judge(todo: dict[str, dict[str, Any]]) -> None:
    """Run pytest with the plugin that judges instead of testing."""
    TO_JUDGE.write_text(json.dumps(todo))
    arguments = config().pytest_add_cli_args + config().pytest_add_cli_args_test_selection
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--rootdir=.",
        "-ptests.mutants.judge",
        "-s",
        "-q",
        "--tb=short",
    ]
    ended = subprocess.run([*command, *arguments], cwd=FOLDER, stdout=subprocess.DEVNULL, check=False)
    if ended.returncode:
        sys.exit(ended.returncode)  # it has said why


def _function_of(mutant: str) -> str:
    """Read the function's name from the mutant's: ``…lock.x_release__mutmut_3`` is in ``….lock.release``."""
    module, _, name = mutant.removeprefix(PACKAGE).partition("__mutmut_")[0].rpartition(".")
    return f"{module}.{name.replace('xǁ', '').replace('ǁ', '.').removeprefix('x_')}"


def _module_of(mutant: str) -> str:
    return mutant.partition("__mutmut_")[0].rpartition(".")[0].removeprefix(PACKAGE)


def describe(mutant: str, path: str) -> Survivor:
    """Give the lines that a mutant takes away, and those that it puts in their place."""
    lines = get_diff_for_mutant(mutant, path=path).splitlines()
    was, now = (
        " ".join(line[1:].strip() for line in lines if re.match(rf"[{sign}](?![{sign}])", line))
        for sign in "-+"
    )
    return Survivor(_function_of(mutant), was, now)


def main(patterns: Sequence[str]) -> int:
    """Judge the mutants whose names fit one of the patterns, all without any; give the exit code."""
    mutants = generate()
    tests = tests_digest()
    verdicts = known_verdicts(mutants, tests)
    chosen = [
        mutant for pattern in patterns or ["*"] for mutant in mutants if fnmatch.fnmatch(mutant, pattern)
    ]
    todo = {mutant: {**mutants[mutant], "test_files": tests} for mutant in chosen if mutant not in verdicts}
    if todo:
        judge(todo)
        verdicts = known_verdicts(mutants, tests)
    counts: dict[str, Count] = {}
    survivors = {}
    for mutant, about in mutants.items():
        count = counts.setdefault(_module_of(mutant), Count())
        count.mutants += 1
        if verdict := verdicts.get(mutant):
            count.judged += 1
            count.noticed += verdict["noticed"]
            if not verdict["noticed"]:
                survivors[describe(mutant, about["path"])] = mutant
    return report(counts, survivors)


def report(counts: dict[str, Count], survivors: dict[Survivor, str]) -> int:
    """Print what is not as it should be, and write the page; give the exit code."""
    listed = read_survivors()
    for one in survivors.keys() - listed.keys():
        print(f"Not noticed, and not in survivors.json: {survivors[one]}\n  - {one.line}\n  + {one.broken}")
    whole = {module for module, count in counts.items() if count.judged == count.mutants}
    stale = {one for one in listed.keys() - survivors.keys() if any(map(one.is_in, whole))}
    for one in stale:
        print(f"In survivors.json, and noticed by now: {one.function}\n  - {one.line}\n  + {one.broken}")
    total = sum(counts.values(), Count())
    print(f"{total.noticed:,} of {total.judged:,} mutants are noticed, of {total.mutants:,} in all.")
    write(counts, listed)
    print(f"{PAGE} is written.")
    return not (survivors.keys() <= listed.keys() and not stale and total.noticed >= AT_LEAST * total.judged)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
