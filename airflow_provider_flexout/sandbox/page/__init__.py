"""The sandbox's page: customers, timeline and agent desk in a browser, at the sandbox's root.

``static`` is what the browser loads, as it lies there; nothing is built and nothing comes from elsewhere.
"""
