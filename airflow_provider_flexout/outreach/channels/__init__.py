"""What is true of one channel only: a class for each, and the registry that everything else asks.

To add a channel, write its class, and add it to
:data:`~airflow_provider_flexout.outreach.channels.registry.CHANNELS`.
"""
