"""Airflow's retry policies for Twilio Flex (Airflow 3.3 and newer)."""
