"""Failures of AWS: those that pass, and those that somebody has to look at."""

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError
from botocore.stub import Stubber

from tradewind.aws.batches import ThrottledError
from tradewind.aws.unavailable import busy
from tradewind.errors import Unavailable


@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException", "SlowDown"])
def test_what_works_a_moment_later_is_unavailable(code: str) -> None:
    client = boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        stub.add_client_error("get_item", code)
        with pytest.raises(Unavailable, match=f"^the catalogue: {code}$"), busy("the catalogue"):
            client.get_item(TableName="catalog", Key={"pk": {"S": "a"}})


@pytest.mark.parametrize("error", [EndpointConnectionError, ConnectTimeoutError])
def test_what_cannot_be_reached_is_unavailable(error: type[BotoCoreError]) -> None:
    with pytest.raises(Unavailable, match=f"^the catalogue: {error.__name__}$"), busy("the catalogue"):
        raise error(endpoint_url="https://dynamodb.eu-west-1.amazonaws.com")


def test_a_missing_right_stays_what_it_is() -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "GetItem")
    with pytest.raises(ClientError) as raised, busy("the catalogue"):
        raise denied
    assert raised.value is denied


def test_items_that_a_table_leaves_over_make_it_unavailable() -> None:
    assert issubclass(ThrottledError, Unavailable)
    assert str(ThrottledError("table catalog: left")) == "table catalog: left"
