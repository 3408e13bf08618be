"""One module a stack; a stack composes constructs of sagemaker_lifecycle and hands objects on, never names."""
