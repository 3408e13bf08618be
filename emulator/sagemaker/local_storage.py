"""Instance types with disks of their own, which hardware encrypts and which take no key of the user's."""

from __future__ import annotations

from emulator.sagemaker.requests import invalid

# Spelt apart from the project's own rule, so that a test compares what refuses with what asks. Sources:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html (KmsKeyId),
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html (VolumeKmsKeyId).
_FAMILIES = ("g5", "g6", "g7", "gr6", "p4", "p5", "p6", "trn1", "trn2", "inf2")


def refuse_local_storage(member: str, instance_type: str) -> None:
    """Raises ValidationException for a key beside such a type. AWS documents the refusal, not its words."""
    family = instance_type.split(".")[1] if instance_type.count(".") == 2 else ""
    if family.startswith(_FAMILIES) or family.endswith(("d", "dn")):
        raise invalid(f"{member} is not supported for {instance_type}: the type has local instance storage.")
