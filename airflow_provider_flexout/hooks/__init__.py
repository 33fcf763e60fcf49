"""Airflow's hooks for Twilio Flex."""
