"""A stateful stand-in for Twilio Flex, Conversations and TaskRouter, for tests, demos and first steps.

What Twilio documents, the sandbox does. What is not published, it assumes; these are the assumptions:

* A second interaction for a conversation is refused with 400/45353 (setting ``second_interaction``), closing
  a channel that is not open with 400/80906 (``close_twice``).
* Errors of the 45xxx family are HTTP 400: ``Channel`` or ``Routing`` that is no JSON object is 45004, any
  other fault in them 45366. Adding a channel to an interaction by ``Channel.sid`` is refused, and so is
  giving ``participants`` together with ``media_channel_sid``.
* Fetching an interaction shows ``routing: null``: only creating one shows its task.
* A closed conversation keeps its unique name until it is deleted, and refuses every change with 400/50377.
* A conversation's timers run from its last message; an inactive conversation becomes active by a message.
* Closing a channel cancels a task that nobody has accepted yet. TaskRouter may move an interaction's task to
  wrapping and completed, but not cancel it (400/20001). A stale ``If-Match`` is 412/20412.
* A declined invite to one worker cancels the task and leaves conversation and channel open.
* Unknown fields, bad enums and bad page sizes are 400/20001, a known path with another method 405/20004,
  wrong OAuth client credentials 401/20003.
* Conversations are listed in order of creation, or newest first when filtered by date.
* Proxy addresses and content templates need only be well-formed: they are not looked up.
* A customer's STOP ends SMS and WhatsApp to that address from every sender, until START.
"""

from airflow_provider_flexout.sandbox.handle import Sandbox
from airflow_provider_flexout.sandbox.settings import Settings
from airflow_provider_flexout.sandbox.wire import Request, Response

__all__ = ["Request", "Response", "Sandbox", "Settings"]
