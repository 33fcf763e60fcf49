"""An Airflow connection becomes settings, clients and files."""
