"""From an Airflow connection to settings, clients and files."""
