"""One module a stack: it composes constructs of sagemaker_lifecycle and hands on objects, never names."""
