"""Airflow's links for Twilio Flex."""
