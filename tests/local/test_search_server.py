"""`make up ENGINE=opensearch`: what is said where nothing answers at the address."""

import pytest

from local import search_server
from local.up import StepFailed, step
from tradewind.config import HOW_TO_GET_OPENSEARCH
from tradewind.errors import InputError
from tradewind.search.index import IndexUnavailable


def test_an_address_at_which_nobody_answers_is_named_with_how_to_get_a_server() -> None:
    with pytest.raises(InputError) as refused:
        search_server.ask("http://127.0.0.1:9")  # the discard service: closed everywhere
    told = str(refused.value)
    assert told.startswith("OPENSEARCH_URL 'http://127.0.0.1:9': it: the cluster does not answer")
    assert told.endswith(HOW_TO_GET_OPENSEARCH)


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(InputError, match="OPENSEARCH_URL 'localhost': give an address like"):
        search_server.ask("localhost")


def test_an_index_that_the_server_could_not_take_is_a_failed_step() -> None:
    with pytest.raises(StepFailed, match="products on OpenSearch: the cluster is busy"), step("products on OpenSearch"):
        raise IndexUnavailable("the cluster is busy")
