"""IAM, enforced: who may do what, over moto's storage of roles and policies."""

from emulator.identity.authorizer import authorize, is_allowed
from emulator.identity.trust import authorize_service, service_may

__all__ = ["authorize", "authorize_service", "is_allowed", "service_may"]
