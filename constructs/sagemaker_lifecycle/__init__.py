"""Constructs and data types of sagemaker-lifecycle. Importing the package imports nothing else (no aws_cdk)."""
