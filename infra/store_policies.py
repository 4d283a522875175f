"""What each service may do in the bucket, as the policies that S3 stores take: derived from ``infra.access``.

``python -m infra.store_policies [BUCKET]`` prints them by service, for stores of one's own: attach each to a user, and
give its keys to that service alone. The embedded store gets the same. What policies cannot say to every store: that an
original is never overwritten. Only ``gateway`` and ``fetch`` write originals, and both write with ``If-None-Match: *``.
"""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from contracts.keys import trial_key
from infra.access import ACCESS

_BUCKET = "media"

# What is written in parts may be given up, and its parts counted.
_WRITING = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")


def policy(service: str, bucket: str) -> dict[str, Any]:
    """Return a service's policy, an IAM policy document; where it has no business in the bucket, it is denied all.

    Source: AWS Identity and Access Management user guide, "IAM JSON policy elements reference".
    """
    access = ACCESS[service]
    statements = [
        _allowed(actions, bucket, prefixes)
        for actions, prefixes in (
            (("s3:GetObject",), access.reads),
            (_WRITING, (*access.writes, trial_key(service)) if access.writes else ()),
            (("s3:DeleteObject", "s3:AbortMultipartUpload"), access.deletes),
        )
        if prefixes
    ]
    if access.lists:
        # Without the right to list, S3 answers a question for an object that is missing with 403 instead of 404.
        actions = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]
        statements.append({"Effect": "Allow", "Action": actions, "Resource": [f"arn:aws:s3:::{bucket}"]})
    # A document without a statement is no policy: SeaweedFS then leaves out those of others, too.
    return {"Version": "2012-10-17", "Statement": statements or [_nothing(bucket)]}


def _nothing(bucket: str) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": ["s3:*"], "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}


def _allowed(actions: Sequence[str], bucket: str, prefixes: Sequence[str]) -> dict[str, Any]:
    resources = [f"arn:aws:s3:::{bucket}/{prefix}*" for prefix in prefixes]
    return {"Effect": "Allow", "Action": list(actions), "Resource": resources}


def main() -> None:
    """Print the policy of every service."""
    parser = argparse.ArgumentParser(prog="python -m infra.store_policies", description=main.__doc__)
    parser.add_argument("bucket", nargs="?", default=_BUCKET, help=f"the bucket's name; {_BUCKET} by default")
    bucket = parser.parse_args().bucket
    print(json.dumps({service: policy(service, bucket) for service in ACCESS}, indent=2))


if __name__ == "__main__":
    main()
