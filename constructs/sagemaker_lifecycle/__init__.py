"""Constructs and data types of sagemaker-lifecycle. Importing it imports nothing else (no aws_cdk)."""
