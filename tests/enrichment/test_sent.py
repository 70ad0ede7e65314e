import msgspec
import pytest

from tradewind.events.enrichment.sent import (
    Campaign,
    Context,
    Item,
    Page,
    SentProduct,
    context_of,
    properties_of,
    session_id_of,
)


def test_what_should_be_an_object_and_is_none_counts_as_not_sent() -> None:
    raw = msgspec.Raw(b'{"page":"/lanterns","campaign":{"medium":"cpc"},"os":[1],"locale":"en"}')
    assert context_of(raw) == Context(locale="en", campaign=Campaign(medium="cpc"))


@pytest.mark.parametrize("raw", [b"{}", b"null", b"[]", b'"text"', b"1"])
def test_a_context_that_is_no_object_says_nothing(raw: bytes) -> None:
    assert context_of(msgspec.Raw(raw)) == Context()


def test_values_are_left_as_they_were_sent() -> None:
    properties = properties_of(msgspec.Raw(b'{"price":"NaN","sku":22423,"products":[{"price":[]},5],"items":[{}]}'))
    assert (properties.price, properties.sku) == ("NaN", 22423)
    assert properties.products == [SentProduct(price=[]), None]
    assert properties.items == [Item()]


def test_a_list_that_is_none_counts_as_not_sent_and_the_rest_stays() -> None:
    properties = properties_of(msgspec.Raw(b'{"products":{"0":{"sku":"a"}},"sku":"b"}'))
    assert (properties.products, properties.sku) == (None, "b")


def test_a_number_that_nobody_can_hold_does_not_spoil_the_rest() -> None:
    properties = properties_of(msgspec.Raw(b'{"price":1e400,"sku":"a"}'))
    assert (properties.price, properties.sku) == (float("inf"), "a")


@pytest.mark.parametrize("raw", [b"", b"{", b'{"page":}', b"nul"])
def test_what_is_no_json_raises(raw: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        context_of(msgspec.Raw(raw))


def test_fields_that_nobody_reads_do_not_matter() -> None:
    raw = msgspec.Raw(b'{"page":{"path":"/","title":{}},"screen":{"width":1},"library":{"name":"x","version":[]}}')
    assert context_of(raw).page == Page(path="/")


def test_the_session_is_the_clients_own() -> None:
    nothing = properties_of(msgspec.Raw(b"{}"))
    rudderstacks = context_of(msgspec.Raw(b'{"sessionId":1795273093618}'))
    assert session_id_of(rudderstacks, nothing, "a1") == "1795273093618"
    in_properties = properties_of(msgspec.Raw(b'{"session_id":"s1"}'))
    assert session_id_of(Context(session_id="s2"), in_properties, "a1") == "s2"
    assert session_id_of(Context(), in_properties, "a1") == "s1"
    assert session_id_of(Context(), nothing, "a1") is None
