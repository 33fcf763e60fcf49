"""A stateful stand-in for Twilio Flex, Conversations and TaskRouter, for tests, demos and first steps.

What Twilio documents, the sandbox does, or it answers 501 with a sentence. Where Twilio's behaviour is not
published it assumes the likeliest, and a setting assumes otherwise: see
:mod:`~airflow_provider_flexout.sandbox.wire.assumptions`. Besides, a known path with another method is
405/20004,
a stale ``If-Match`` 412/20412, and a closed conversation refuses every change with 400/50377.
"""

from airflow_provider_flexout.sandbox.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.http import HttpRequest, HttpResponse
from airflow_provider_flexout.sandbox.wire.settings import SandboxSettings

__all__ = ["HttpRequest", "HttpResponse", "Sandbox", "SandboxSettings"]
