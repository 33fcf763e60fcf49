"""Airflow's operators for Twilio Flex."""
