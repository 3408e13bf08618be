"""The image of a container of one's own: in ECR, and named by its digest."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_REPOSITORY = r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/[a-z0-9][a-z0-9._/-]*"
IMAGE_PATTERN = rf"^{_REPOSITORY}@sha256:[0-9a-f]{{64}}$"
_BY_TAG = re.compile(rf"({_REPOSITORY})(?::([A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}))?")


@dataclass(frozen=True)
class Repository:
    """A repository of a private registry: whose, where, and its name."""

    account: str
    region: str
    name: str


def repository_of(address: str) -> Repository:
    """The repository of an image's address, whatever names the image in it."""
    registry, _, path = address.partition("/")
    account, _, _, region, *_ = registry.split(".")
    return Repository(account, region, re.split("[:@]", path)[0])


def digest_of(address: str) -> str:
    """What names the image's content: `sha256:` and 64 digits."""
    return address.partition("@")[2]


def _refuse_a_tag(image: Any) -> Any:
    """The value itself; ValueError for an address by a tag, or without one, which means the tag `latest`.

    A tag can be moved to another image: the same definition would train with other code, under the same name.
    """
    found = _BY_TAG.fullmatch(image) if isinstance(image, str) else None
    if found is None:
        return image
    repository = repository_of(image)
    command = (
        f"aws ecr describe-images --registry-id {repository.account} --region {repository.region} "
        f"--repository-name {repository.name} --image-ids imageTag={found[2] or 'latest'} "
        "--query 'imageDetails[0].imageDigest' --output text"
    )
    raise ValueError(
        f"{image!r} names an image by its tag, which can be moved to another one: that would not be trained "
        "on data that was trained on before, and models would not tell which of the two they are of; "
        f"allowed: {found[1]}@ and the digest, which this prints: {command}"
    )


ContainerImage = Annotated[str, Field(max_length=255, pattern=IMAGE_PATTERN), BeforeValidator(_refuse_a_tag)]
