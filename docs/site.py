"""What the site has beside the pages: the README, the example DAGs, the public names, and the scripts.

MkDocs calls these functions (``mkdocs.yml``). The pages are written to be read in the repository too, so
links to files outside of ``docs/`` are changed here: an example leads to its page, the README to the first
one, and of other files the name alone stays.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "dags_examples").glob("*.py"))
SCRIPTS = {"iframe-worker": "shim/index.js", "mermaid": "dist/mermaid.min.js"}
"""Packages of npm, unpacked by ``make docs`` into ``build/scripts``, and the file of each that is loaded."""
PUBLIC = re.findall(r"^\| `([\w.]+)` \| (.+?) \|$", (ROOT / "docs" / "stability.md").read_text("utf-8"), re.M)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the generated pages to the navigation.

    :param config: MkDocs's.
    """
    config.nav += [
        {"Examples": [f"examples/{path.stem}.md" for path in EXAMPLES]},
        {"Reference": [{module: f"reference/{module}.md"} for module, _ in PUBLIC]},
    ]
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Generate the pages that are no files in ``docs/``.

    :param files: the pages and pictures.
    :param config: MkDocs's.
    """
    first = (ROOT / "README.md").read_text("utf-8").replace("](docs/", "](")
    files.append(
        File.generated(config, "index.md", content=first.replace("](dags_examples/", "](../dags_examples/"))
    )
    for path in EXAMPLES:
        files.append(File.generated(config, f"examples/{path.stem}.md", content=_example(path)))
    for module, names in PUBLIC:
        files.append(File.generated(config, f"reference/{module}.md", content=_reference(module, names)))
    for package, script in SCRIPTS.items():
        [unpacked] = (ROOT / "build" / "scripts").glob(f"{package}@*/package")
        for file in (unpacked / script, unpacked / "LICENSE"):
            uri = f"scripts/{package}/{file.name}"
            files.append(File.generated(config, uri, abs_src_path=str(file)))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Change the links that lead out of the site, and the names of those within.

    A link that is called like its page gets the title of the page.

    :param markdown: the page.
    :param page: where it is.
    """
    markdown = re.sub(
        r"\[(?:docs/)?([\w-]+\.md)\]\(\1(?=[#)])", lambda link: f"[{_title(link[1])}]({link[1]}", markdown
    )
    if "/" in page.file.src_uri:
        return markdown
    markdown = re.sub(r"\]\(\.\./dags_examples/(\w+)\.py\)", r"](examples/\1.md)", markdown)
    markdown = re.sub(r"\]\(\.\./README\.md", "](index.md", markdown)
    return re.sub(r"\[([^\]]+)\]\(\.\./[^)]+\)", r"\1", markdown)


def on_post_page(output: str, *, page: Page, **_: object) -> str:
    """Load mermaid where there is a diagram; the theme would load it from another host.

    :param output: the page, as HTML.
    :param page: where it is.
    """
    if 'class="mermaid"' not in output:
        return output
    script = page.url.count("/") * "../" + "scripts/mermaid/mermaid.min.js"
    return output.replace("</head>", f'<script src="{script}"></script></head>', 1)


def _title(page: str) -> str:
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(r"^# (.+)$", text, re.MULTILINE)[0]


def _example(path: Path) -> str:
    code = path.read_text("utf-8")
    about = ast.get_docstring(ast.parse(code)) or ""
    return f"# {path.stem}\n\n{about.splitlines()[0]}\n\n```python\n{code}```\n"


def _reference(module: str, names: str) -> str:
    known = re.findall(r"`(\w+)`", names) if not names.startswith("its modules") else []
    members = f"\n    options:\n      members: [{', '.join(known)}]" if known else ""
    return f"# {module}\n\n::: airflow_provider_flexout.{module}{members}\n"
