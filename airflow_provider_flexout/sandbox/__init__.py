"""A stateful stand-in for Twilio Flex, Conversations and TaskRouter, for tests, demos and first steps.

The sandbox does what Twilio documents, or responds with 501 and a sentence. Where Twilio's behaviour is not
published, the sandbox assumes the likeliest, and a setting changes the assumption: see
:mod:`~airflow_provider_flexout.sandbox.wire.assumptions`. Beyond the documents, a known path with another
method is 405/20004, a stale ``If-Match`` is 412/20412, and every change of a closed conversation is
400/50377.
"""

from airflow_provider_flexout.sandbox.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.http import HttpRequest, HttpResponse
from airflow_provider_flexout.sandbox.wire.settings import SandboxSettings

__all__ = ["HttpRequest", "HttpResponse", "Sandbox", "SandboxSettings"]
