"""Judging the arguments that are known while a DAG is parsed."""
