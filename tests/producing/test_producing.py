"""Sale lines as events."""

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.sales_cloud import HEADER, SHOP
from tradewind.config import Limits, Shop
from tradewind.errors import InputError
from tradewind.events.producing import SaleLine, message_id, order_completed, sale_lines

LINE = SaleLine(
    source_row=3,
    invoice_no="536365",
    stock_code="85123A",
    description="LANTERN",
    quantity=6,
    invoice_date=datetime(2011, 7, 1, 8, 26),
    unit_price=Decimal("2.550000"),
    total_price=Decimal("15.300"),
    customer_id="17850",
)


def lines(text: str, tmp_path: Path, *, count: int | None = None) -> list[SaleLine]:
    path = tmp_path / "shop.csv"
    path.write_text(text)
    return list(sale_lines(path, columns={}, limits=Limits(), count=count))


def test_a_sale_line_is_an_order_completed_at_its_invoice_date() -> None:
    # 8:26 in London in July is 7:26 UTC; 6 x 2.55 = 15.30.
    assert json.loads(order_completed(LINE, "shop.csv", Shop())) == {
        "type": "track",
        "event": "Order Completed",
        "messageId": "shop.csv#3",
        "userId": "17850",
        "timestamp": "2011-07-01T07:26:00Z",
        "context": {"library": {"name": "tradewind-produce", "version": "1"}},
        "properties": {
            "order_id": "536365",
            "currency": "GBP",
            "revenue": 15.3,
            "products": [
                {"product_id": "85123A", "sku": "85123A", "name": "LANTERN", "price": 2.55, "quantity": 6},
            ],
        },
    }


def test_money_travels_with_every_digit() -> None:
    body = order_completed(replace(LINE, unit_price=Decimal("123456789012.345678")), "shop.csv", Shop())
    round_number = order_completed(replace(LINE, unit_price=Decimal("100.000000")), "shop.csv", Shop())

    assert b'"price":123456789012.345678,' in body
    assert b'"price":100,' in round_number


def test_a_guest_is_known_by_the_invoice() -> None:
    event = json.loads(order_completed(replace(LINE, customer_id=None, description=None), "shop.csv", Shop()))

    assert event["anonymousId"] == "guest-536365"
    assert "userId" not in event
    assert "name" not in event["properties"]["products"][0]


def test_only_sale_lines_are_events_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = lines(SHOP + "536365,85123A,LANTERN,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n", tmp_path)

    # Of two sales, a return, a row of no price and a duplicate.
    assert [(each.source_row, each.stock_code) for each in found] == [(1, "85123A"), (2, "71053")]


def test_the_first_lines_are_the_first_sale_lines(tmp_path: Path) -> None:
    rows = [
        "C1,A,X,-1,2011-01-01 10:00:00,1,1,UK",
        *(f"{number},A,X,1,2011-01-01 10:00:00,1,,UK" for number in range(1, 30)),
    ]
    found = lines(HEADER + "\n".join(rows), tmp_path, count=20)

    assert [each.source_row for each in found] == list(range(2, 22))
    assert {each.customer_id for each in found} == {None}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="columns of"):
        lines("a,b\n1,2\n", tmp_path)


@pytest.mark.parametrize("name", ["n" * 200 + ".csv", "line\nend.csv"])
def test_a_name_that_no_message_id_can_hold_is_its_digest(name: str) -> None:
    made = message_id(name, 1_234_567)

    assert len(made) == 64 + len("#1234567")
    assert made != message_id(name + "x", 1_234_567)
