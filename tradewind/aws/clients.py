"""AWS clients, built on first use, with explicit time-outs."""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config as ClientConfig

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_firehose import FirehoseClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

# Lambda freezes idle sockets, so fail fast and retry.
_CLIENT = ClientConfig(connect_timeout=5, read_timeout=60, retries={"max_attempts": 4, "mode": "standard"})
# For functions that a shopper's browser waits for: they answer 503 rather than late.
_QUICK = ClientConfig(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 3, "mode": "standard"})
# Who puts records repeats those that failed, and them alone.
_ONCE = ClientConfig(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 1, "mode": "standard"})
# For what must not hold up an answer that is ready.
_BRIEF = ClientConfig(connect_timeout=0.5, read_timeout=1, retries={"total_max_attempts": 1, "mode": "standard"})


@cache
def s3() -> "S3Client":
    return boto3.client("s3", config=_CLIENT)


@cache
def dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=_CLIENT)


@cache
def kinesis() -> "KinesisClient":
    return boto3.client("kinesis", config=_CLIENT)


@cache
def quick_dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=_QUICK)


@cache
def putting_kinesis() -> "KinesisClient":
    return boto3.client("kinesis", config=_ONCE)


@cache
def brief_kinesis() -> "KinesisClient":
    return boto3.client("kinesis", config=_BRIEF)


@cache
def brief_dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=_BRIEF)


@cache
def lambda_() -> "LambdaClient":
    return boto3.client("lambda", config=_CLIENT)


@cache
def sqs() -> "SQSClient":
    return boto3.client("sqs", config=_CLIENT)


@cache
def firehose() -> "FirehoseClient":
    return boto3.client("firehose", config=_CLIENT)


@cache
def glue() -> "GlueClient":
    return boto3.client("glue", config=_CLIENT)


@cache
def athena() -> "AthenaClient":
    return boto3.client("athena", config=_CLIENT)


@cache
def cloudformation() -> "CloudFormationClient":
    return boto3.client("cloudformation", config=_CLIENT)


@cache
def sts() -> "STSClient":
    return boto3.client("sts", config=_CLIENT)
