"""Airflow's sensors for Twilio Flex."""
