"""Loaded before a Python program, which then finds the sandbox's front under every name of Twilio's."""

import os
import socket

_resolve = socket.getaddrinfo


def _of_the_front(host, port, *args, **kwargs):
    if str(host).endswith(".twilio.com"):
        host, port = "127.0.0.1", int(os.environ["FRONT_PORT"])
    return _resolve(host, port, *args, **kwargs)


socket.getaddrinfo = _of_the_front
