"""What the sandbox has of Twilio's API, as a page: ``docs/parity.md``, written from the code.

``make parity`` writes it anew, after ``tests/sandbox`` has recorded which operations it drives through
Twilio's own package. With ``FLEXOUT_OAI_DIR`` the list of Twilio's operations is read anew as well.
"""

from __future__ import annotations

import json
import os
import sys
from itertools import groupby
from pathlib import Path

from airflow_provider_flexout.sandbox.sandbox import ROUTES
from airflow_provider_flexout.sandbox.wire import twilio_operations as listing
from airflow_provider_flexout.sandbox.wire.assumptions import ASSUMPTIONS
from airflow_provider_flexout.sandbox.wire.twilio_operations import TwilioOperation, shape, twilio_operations
from tests.paths import DOCS

PAGE = DOCS / "parity.md"
DRIVEN = Path(__file__).with_name("driven.json")
LIST = Path(listing.__file__).with_name("twilio_operations.json")
METHODS = ("get", "post", "put", "patch", "delete")
APIS = {
    "twilio_flex_v1.json": "Flex: Interactions",
    "twilio_conversations_v1.json": "Conversations",
    "twilio_taskrouter_v1.json": "TaskRouter",
    "twilio_content_v1.json": "Content",
    "twilio_oauth_v2.json": "OAuth",
}
HEAD = """# What the sandbox has of Twilio's API

Written from the code by `make parity`; `make test` fails when it is not up to date.

Every operation in Twilio's OpenAPI documents for Interactions, Conversations, TaskRouter, Content and OAuth.
Where a test is named, it drives the operation with Twilio's own `twilio` package. An operation that is absent
responds with 501, code 20501 and a sentence that names it. A path that Twilio does not have responds with 404
and code 20404.

The documents list no properties for the requests of Flex's transfers. The sandbox accepts what Twilio's own
front end sends to create a transfer: `from`, `to`, `type`, `noteSid` and `summarySid`, in
[`@twilio/flex-ui`][ui] 2.17.1 and [`@twilio/flex-sdk`][sdk] 3.0.0. It refuses anything else. What a transfer
does is partly [documented][transfers], and partly
[inferred](../airflow_provider_flexout/sandbox/rules/invites.py). How to change a transfer is not known: the
documents list no properties for that request, and the front end never sends it.

Attributes of a conversation that are not JSON are refused with [50304][], and attributes that are too long
with [50303][]. These codes are inferred: their pages speak of Chat's channels, which are conversations
today, and Conversations has no such codes of its own. An empty proxy address is [50412][].

[ui]: https://www.npmjs.com/package/@twilio/flex-ui
[sdk]: https://www.npmjs.com/package/@twilio/flex-sdk
[transfers]: https://www.twilio.com/docs/flex/admin-guide/setup/conversations/messaging-transfers
[50303]: https://www.twilio.com/docs/api/errors/50303
[50304]: https://www.twilio.com/docs/api/errors/50304
[50412]: https://www.twilio.com/docs/api/errors/50412

"""

OPT_OUT = "https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out"
OPT_IN = "https://help.twilio.com/articles/223134027"
CHANGELOG = "https://www.twilio.com/en-us/changelog"
REPORTS = "https://github.com/chatwoot/chatwoot/issues/14048"
ADDRESSES = {
    "A customer's address, and the `Author` of their messages, may be a WhatsApp user id": (
        f"[yes]({CHANGELOG}): 20 July 2026, BSUID format in Conversations"
    ),
    "A conversation can be opened by a user id": "no: `user_id_participant`",
    "A customer who writes under a user id is the participant whose number is known": "no: `user_id_author`",
    "Twilio takes two forms of one number for two people": f"no; [users report it]({REPORTS}) of WhatsApp",
    "STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE and OPTOUT opt out": f"[yes]({OPT_OUT})",
    "START, YES and UNSTOP opt in again": f"[yes]({OPT_IN})",
    "A keyword counts in upper and lower case, and only if it is the whole message": f"[yes]({OPT_IN})",
    "An opt-out holds for the sender it went to, or for its Messaging Service": (
        f"[yes]({OPT_OUT}); `stop_reaches` has another choice"
    ),
    "The keywords count on WhatsApp as on SMS": "no; Twilio's pages only say messaging",
    "A message to a customer who opted out is accepted, and fails with 21610 in a receipt": (
        "the code, [yes](https://www.twilio.com/docs/api/errors/21610); the receipt, no"
    ),
}
"""How the sandbox and the provider treat addresses and opt-outs, and whether Twilio documents it."""


def read_documents(folder: Path) -> list[TwilioOperation]:
    """Return the operations in Twilio's documents, in their order."""
    found = []
    for file, api in APIS.items():
        for path, item in json.loads((folder / file).read_text())["paths"].items():
            if api.startswith("Flex") and not path.startswith("/v1/Interactions"):
                continue
            found += [
                TwilioOperation(api, item[method]["operationId"], method.upper(), path)
                for method in METHODS
                if method in item
            ]
    return found


def list_text(operations: list[TwilioOperation]) -> str:
    """Return the data file that the package ships: one operation a line."""
    return "[\n" + ",\n".join(json.dumps(each) for each in operations) + "\n]\n"


def implemented() -> set[tuple[str, str]]:
    return {(each.method, shape(each.path)) for each in ROUTES}


def beyond_the_documents() -> list[str]:
    """Return what the sandbox has and the documents don't: Twilio tells of it in its guides only."""
    known = {(each.method, shape(each.path)) for each in twilio_operations()}
    return sorted(
        f"| `{each.name}` | `{each.method} {each.path}` |"
        for each in ROUTES
        if (each.method, shape(each.path)) not in known
    )


def state(each: TwilioOperation, driven: dict[str, str], here: set[tuple[str, str]]) -> str:
    if (each.method, shape(each.path)) not in here:
        return "501"
    return f"`{driven[each.name]}`" if each.name in driven else "implemented"


def page() -> str:
    """Return the page."""
    driven, here = json.loads(DRIVEN.read_text()), implemented()
    counts, tables = [], []
    for api, group in groupby(twilio_operations(), key=lambda each: each.api):
        rows = [(each, state(each, driven, here)) for each in group]
        absent = sum(found == "501" for _, found in rows)
        tested = sum(found.startswith("`") for _, found in rows)
        counts.append(f"| {api} | {len(rows)} | {len(rows) - absent} | {tested} | {absent} |")
        tables += ["", f"## {api}", "", "| operation | request | in the sandbox |", "|---|---|---|"]
        tables += [f"| `{each.name}` | `{each.method} {each.path}` | {found} |" for each, found in rows]
    lines = [
        "| API | documented | implemented | of those tested through `twilio` | absent (501) |",
        "|---|--:|--:|--:|--:|",
        *counts,
        *tables,
        "",
        "## Beyond the documents",
        "",
        "These belong to other Twilio products, or are described in its guides but in no OpenAPI document.",
        "",
        "| operation | request |",
        "|---|---|",
        *beyond_the_documents(),
        "",
        "## Addresses and opt-outs",
        "",
        "| in the sandbox | documented by Twilio |",
        "|---|---|",
        *(f"| {does} | {documented} |" for does, documented in ADDRESSES.items()),
        "",
        "## Assumptions",
        "",
        "Twilio has not published what happens here. The sandbox's default is the first choice. To choose",
        'another, send `POST /sandbox/settings` with `{"setting": "choice"}`, or call',
        "`flex_sandbox.settings.update(...)` in a test.",
        "",
        "| setting | what is not published | choices |",
        "|---|---|---|",
    ]
    for each in ASSUMPTIONS:
        choices = "; ".join(f"`{choice}`: {meaning}" for choice, meaning in each.choices.items())
        lines.append(f"| `{each.setting}` | {each.question} | {choices} |")
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    folder = os.environ.get("FLEXOUT_OAI_DIR")
    if folder:
        LIST.write_text(list_text(read_documents(Path(folder))))
        twilio_operations.cache_clear()
    if "--list" not in sys.argv:
        PAGE.write_text(page())


if __name__ == "__main__":
    main()
