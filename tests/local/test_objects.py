"""Object bodies lie on the disk, whole or not at all, and pass through the cloud without staying in its memory."""

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import ClientError

from local import process
from local.durability.mending import mend
from tests.local.running_cloud import RunningCloud

MIB = 1024**2


@pytest.mark.cloud
def test_a_large_object_comes_back_byte_by_byte_and_does_not_stay_in_memory(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    s3 = own_cloud.client("s3")
    s3.create_bucket(Bucket="large")
    before = _own_memory(own_cloud.pid)
    block = os.urandom(MIB)
    s3.put_object(Bucket="large", Key="put", Body=io.BytesIO(block * 120))
    s3.upload_fileobj(io.BytesIO(block * 120), "large", "parts")
    for key in ("put", "parts"):
        digest = hashlib.sha256()
        for chunk in s3.get_object(Bucket="large", Key=key)["Body"].iter_chunks(MIB):
            digest.update(chunk)
        assert digest.digest() == hashlib.sha256(block * 120).digest()
    assert _own_memory(own_cloud.pid) - before < 40 * MIB
    assert list((own_cloud.home / "spool").iterdir()) == []


@pytest.mark.cloud
def test_a_range_of_a_large_object_is_that_range(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="ranges")
    content = os.urandom(3 * MIB)
    s3.put_object(Bucket="ranges", Key="x", Body=content)
    found = s3.get_object(Bucket="ranges", Key="x", Range=f"bytes={MIB}-{MIB + 9}")["Body"].read()
    assert found == content[MIB : MIB + 10]


@pytest.mark.cloud
def test_every_version_of_a_versioned_object_survives_a_kill(own_cloud: RunningCloud) -> None:
    own_cloud.start()
    s3 = own_cloud.client("s3")
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    contents = {s3.put_object(Bucket="versions", Key="x", Body=body)["VersionId"]: body for body in (b"1", b"2" * MIB)}
    own_cloud.kill()
    own_cloud.start()
    s3 = own_cloud.client("s3")
    for version, body in contents.items():
        assert s3.get_object(Bucket="versions", Key="x", VersionId=version)["Body"].read() == body
    assert s3.get_object(Bucket="versions", Key="x")["Body"].read() == b"2" * MIB


@pytest.mark.cloud
def test_an_object_copied_onto_itself_keeps_its_body(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="copies")
    content = os.urandom(2 * MIB)
    s3.put_object(Bucket="copies", Key="x", Body=content)
    source = {"Bucket": "copies", "Key": "x"}
    s3.copy_object(Bucket="copies", Key="x", CopySource=source, Metadata={"a": "b"}, MetadataDirective="REPLACE")
    s3.copy_object(Bucket="copies", Key="y", CopySource=source)
    s3.put_object(Bucket="copies", Key="x", Body=b"new")
    assert s3.get_object(Bucket="copies", Key="y")["Body"].read() == content
    assert s3.get_object(Bucket="copies", Key="x")["Body"].read() == b"new"


@pytest.mark.cloud
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="makes a small disk of its own: Linux as root")
def test_a_full_disk_is_answered_with_an_error_and_the_object_before_stays(own_cloud: RunningCloud) -> None:
    own_cloud.home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(own_cloud.home)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount a small disk")
    try:
        own_cloud.start()
        s3 = own_cloud.client("s3")
        s3.create_bucket(Bucket="full")
        s3.put_object(Bucket="full", Key="x", Body=b"before")
        with pytest.raises(ClientError) as refused:
            s3.put_object(Bucket="full", Key="x", Body=b"x" * (30 * MIB))
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 507
        assert "No space left on device: make room on the disk and try again" in str(refused.value)
        assert s3.get_object(Bucket="full", Key="x")["Body"].read() == b"before"
    finally:
        process.stop(own_cloud.home)
        subprocess.run(["umount", str(own_cloud.home)], check=True)


def test_metadata_whose_data_is_in_place_is_put_in_place(tmp_path: Path) -> None:
    data = tmp_path / "000000000000" / "bucket" / "x"
    data.parent.mkdir(parents=True)
    data.write_bytes(b"new")
    Path(f"{data}.meta.json").write_text(json.dumps({"etag": "old", "inode": 0}))
    Path(f"{data}.meta.json.tmp").write_text(json.dumps({"etag": "new", "inode": data.stat().st_ino}))
    mend(tmp_path)
    assert json.loads(Path(f"{data}.meta.json").read_text())["etag"] == "new"


def test_what_was_written_for_data_that_never_came_into_place_is_dropped(tmp_path: Path) -> None:
    data = tmp_path / "x"
    data.write_bytes(b"old")
    Path(f"{data}.tmp").write_bytes(b"half")
    staged_inode = Path(f"{data}.tmp").stat().st_ino
    Path(f"{data}.meta.json.tmp").write_text(json.dumps({"etag": "new", "inode": staged_inode}))
    mend(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def _own_memory(pid: int) -> int:
    """Return the bytes that belong to the process alone, without the pages of the files that it maps."""
    memory = psutil.Process(pid).memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))
