"""API Gateway's REST APIs, answering: moto keeps the objects, this serves a stage's deployment.

Served: Lambda proxy integrations, IAM and no authorization, request validators, gateway responses, stage
throttling, access logs. Not served: mapping templates, other integrations, API keys, other authorizers.
"""

from emulator.gateway import serving

__all__ = ["serving"]
