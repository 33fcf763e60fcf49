"""Airflow's notifiers for Twilio Flex."""
