import gzip

from benchmarks.collector import RECORDED, Stubbed, handler_with, request


def test_the_stubbed_handler_packs_all_of_the_recorded_batch() -> None:
    cloud = Stubbed()
    answer = handler_with(cloud)(request(gzip.decompress(RECORDED.read_bytes())), None)
    assert (answer["statusCode"], cloud.events) == (200, 100)
    assert cloud.bytes > 80_000
