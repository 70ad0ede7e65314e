"""GET /health."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tradewind

HANDLER = Path(__file__).resolve().parents[2] / "lambdas" / "report_health" / "handler.py"


class Context:
    """What Lambda tells a function of its call."""

    function_name = "tradewind-local-report-health"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:tradewind-local-report-health"
    aws_request_id = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("report_health_handler", HANDLER)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def request(path: str) -> dict[str, Any]:
    """Return a request as an HTTP API sends it (payload 2.0)."""
    return {
        "version": "2.0",
        "routeKey": f"GET {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "127.0.0.1"},
        "requestContext": {"http": {"method": "GET", "path": path}, "stage": "$default"},
        "isBase64Encoded": False,
    }


def test_health_is_ok_with_the_version(module: ModuleType) -> None:
    answer = module.handler(request("/health"), Context())
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"status": "ok", "version": tradewind.__version__}
    assert answer["headers"]["Content-Type"] == "application/json"


def test_another_path_is_not_found(module: ModuleType) -> None:
    assert module.handler(request("/other"), Context())["statusCode"] == 404
