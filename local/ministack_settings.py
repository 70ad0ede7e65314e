"""The environment that ministack reads while it is imported. Call `apply` before the first import of it."""

import os

from local.home import Home
from tradewind.deployment import LOCAL_ACCOUNT, LOCAL_REGION


def apply(home: Home, *, cloud_port: int) -> None:
    """Set ministack up: this port, this folder, IAM on, no listener but ours."""
    settings = {
        "GATEWAY_PORT": str(cloud_port),
        "AUTH": "true",
        "MINISTACK_ACCOUNT_ID": LOCAL_ACCOUNT,
        "MINISTACK_REGION": LOCAL_REGION,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home.state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home.objects),
        # Both would listen on every interface.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Never ask a Docker daemon: functions run as processes.
        "LAMBDA_EXECUTOR": "local",
        # AWS's; calls wait for one of few processes (function_workers), they are not refused.
        "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
        "DOCKER_HOST": "unix:///nonexistent/tradewind-uses-no-docker.sock",
        "MINISTACK_WORKER_THREADS": "16",
        "LOG_LEVEL": os.environ.get("TRADEWIND_CLOUD_LOG_LEVEL", "WARNING"),
        "TMPDIR": str(home.temporary),
        "AWS_ACCESS_KEY_ID": LOCAL_ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": LOCAL_REGION,
        "AWS_REGION": LOCAL_REGION,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{cloud_port}",
    }
    os.environ.update(settings)
    # What functions import lies in our own folders, and the bytecode beside it serves every process after the first.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for leftover in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        os.environ.pop(leftover, None)
