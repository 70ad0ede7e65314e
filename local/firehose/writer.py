"""Puts objects under the role of a delivery stream. Apart, because a start need not wait until boto3 is loaded."""

import os
import threading
from typing import Any

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

from local import roles
from local.firehose.settings import Settings

_CLIENT = ClientConfig(
    connect_timeout=5,
    read_timeout=60,
    retries={"total_max_attempts": 3, "mode": "standard"},
    s3={"addressing_style": "path"},
)
_SESSION = "firehose"


class Writer:
    """Puts objects as the delivery stream's role: what it may not do is refused, as on AWS."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def put(self, settings: Settings, key: str, body: bytes) -> None:
        """Write one object.

        Raises: OSError when S3 does not take it, with its reason.
        """
        try:
            self._client(settings.role_arn).put_object(Bucket=settings.bucket, Key=key, Body=body)
        except (ClientError, BotoCoreError) as error:
            raise OSError(str(error)) from error

    def _client(self, role_arn: str) -> Any:
        with self._lock:
            keys = roles.credentials(role_arn, session=_SESSION)
            if role_arn not in self._clients:
                endpoint = os.environ["AWS_ENDPOINT_URL"]
                self._clients[role_arn] = boto3.client(  # type: ignore[call-overload]
                    "s3", endpoint_url=endpoint, config=_CLIENT, **keys
                )
            return self._clients[role_arn]
