"""The sandbox on a port: routing of requests, controls, its own OpenAPI document."""
