"""What CloudFormation refuses only when it is deployed: a template that is too large."""

from pathlib import Path

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html: 1 MB in S3, which
# CloudFormation's refusal has as 1000000 bytes: https://github.com/formkiq/formkiq-core/issues/204.
LIMIT = 1_000_000


def check_sizes(outdir: Path) -> None:
    """Raises ValueError for the templates of a synth that are too large, all of them."""
    sizes = {path: path.stat().st_size for path in sorted(outdir.glob("*.template.json"))}
    problems = [
        f"{path.name.removesuffix('.template.json')}: its template has {size} bytes; CloudFormation takes "
        f"{LIMIT}. Deploy fewer models in one environment, or shorten names"
        for path, size in sizes.items()
        if size > LIMIT
    ]
    if problems:
        raise ValueError("\n".join(problems))
