"""Apache Airflow provider for outreach through Twilio Flex."""

__version__ = "0.1.0"
