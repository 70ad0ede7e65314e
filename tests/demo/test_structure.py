"""The demo is believable: each habit that later parts learn from is there, shown by a number."""

import re

import duckdb
import pytest

from tradewind.demo import DemoShop

Books = duckdb.DuckDBPyConnection


def number(books: Books, sql: str) -> float:
    (value,) = books.execute(sql).fetchall()[0]
    return float(value)


def test_products_have_codes_and_names_of_their_own(shop: DemoShop) -> None:
    codes = [product.stock_code for product in shop.products]
    assert 300 <= len(codes) <= 600
    assert len(set(codes)) == len({product.name for product in shop.products}) == len(codes)
    assert all(re.fullmatch(r"[0-9]{5}[A-Z]?", code) for code in codes)
    assert any(code[-1].isalpha() for code in codes)
    assert any(code.isdigit() for code in codes)


def test_every_product_sells(shop: DemoShop, books: Books) -> None:
    sold = number(books, "select count(distinct StockCode) from lines where category is not null")
    assert sold == len(shop.products)


def test_the_file_has_the_size_of_a_small_shop(shop: DemoShop) -> None:
    assert 20_000 <= shop.sale_rows <= 40_000


def test_two_of_three_customers_come_again(books: Books) -> None:
    share = number(
        books,
        """
        select avg(cast(orders > 1 as int)) from (
            select count(distinct InvoiceNo) as orders from lines
            where CustomerID is not null and InvoiceNo not like 'C%' group by CustomerID
        )
        """,
    )
    assert 0.5 < share < 0.8


def test_regulars_keep_an_interval_of_their_own(books: Books) -> None:
    # Every interval equally long: 0. Orders at random moments: 1.
    books.execute(
        """
        create or replace temp table gaps as
        select CustomerID, date_diff('day', lag(day) over (partition by CustomerID order by day), day) as gap
        from (
            select distinct CustomerID, cast(InvoiceDate as date) as day from lines
            where CustomerID is not null and InvoiceNo not like 'C%' and cast(InvoiceDate as date) < '2025-11-01'
        )
        """
    )
    variation = number(
        books,
        """
        select median(v) from (
            select stddev_samp(gap) / avg(gap) as v from gaps group by CustomerID having count(gap) >= 4
        )
        """,
    )
    assert 0 < variation < 0.7


def test_presents_sell_before_christmas_and_gardens_in_spring(books: Books) -> None:
    def lines(category: str, month: int) -> float:
        return number(
            books,
            f"select count(*) from lines where category = '{category}' and month(cast(InvoiceDate as date)) = {month}",
        )

    assert lines("Christmas", 12) > 50 * max(1, lines("Christmas", 6))
    assert lines("Toys", 12) > 2 * lines("Toys", 6)
    assert lines("Garden", 5) > 4 * lines("Garden", 11)
    assert lines("Picnic", 7) > 4 * lines("Picnic", 1)


def test_december_is_busier_than_june(books: Books) -> None:
    def revenue(month: int) -> float:
        return number(books, f"select sum(total) from lines where month(cast(InvoiceDate as date)) = {month}")

    assert revenue(12) > 1.5 * revenue(6)


def test_one_to_four_lines_of_a_hundred_come_back(books: Books) -> None:
    assert 0.01 < number(books, "select avg(cast(InvoiceNo like 'C%' as int)) from lines") < 0.04


def test_what_comes_back_was_bought_before_by_the_same_customer_at_the_same_price(books: Books) -> None:
    unknown = number(
        books,
        """
        select count(*) from lines r
        where r.InvoiceNo like 'C%' and r.CustomerID is not null and cast(r.UnitPrice as double) > 0
        and not exists (
            select 1 from lines s
            where s.InvoiceNo not like 'C%' and s.CustomerID = r.CustomerID and s.StockCode = r.StockCode
            and s.UnitPrice = r.UnitPrice and cast(s.Quantity as int) >= -cast(r.Quantity as int)
            and s.InvoiceDate < r.InvoiceDate
        )
        """,
    )
    assert unknown == 0


def test_customers_have_tastes(books: Books) -> None:
    # The share of a customer's favourite department, against the same lines dealt to the customers at random.
    books.execute(
        """
        create or replace temp table dealt as
        select a.CustomerID as customer, a.category as own, b.category as other
        from (
            select CustomerID, category, row_number() over (order by InvoiceNo, StockCode) as n from lines
            where CustomerID is not null and category is not null and category <> 'Christmas'
        ) a join (
            select category, row_number() over (order by md5(InvoiceNo || StockCode), Quantity) as n from lines
            where CustomerID is not null and category is not null and category <> 'Christmas'
        ) b on a.n = b.n
        """
    )

    def favourite(column: str) -> float:
        return number(
            books,
            f"""
            select avg(share) from (
                select customer, max(n) / sum(n) as share from (
                    select customer, {column}, count(*) as n from dealt group by all
                ) group by customer having sum(n) >= 20
            )
            """,
        )

    assert favourite("own") > 1.8 * favourite("other")


def test_used_up_goods_are_bought_again_by_the_same_customer(books: Books) -> None:
    def again(used_up: str) -> float:
        return number(
            books,
            f"""
            select avg(cast(orders > 1 as int)) from (
                select count(distinct InvoiceNo) as orders from lines
                where CustomerID is not null and InvoiceNo not like 'C%' and used_up = {used_up}
                group by CustomerID, StockCode
            )
            """,
        )

    assert again("true") > 2 * again("false")


def test_companions_are_in_the_same_basket_more_often_than_chance_has_it(books: Books) -> None:
    # lift = P(both) / (P(one) P(other)), over all pairs of a product and its companions
    lift = number(
        books,
        """
        with baskets as (
            select distinct InvoiceNo, StockCode, companions from lines
            where category is not null and InvoiceNo not like 'C%'
        ),
        sold as (select StockCode, count(*) as n from baskets group by StockCode),
        total as (select count(distinct InvoiceNo) as n from baskets),
        pairs as (
            select distinct b.StockCode as one, unnest(b.companions) as other from baskets b
        ),
        together as (
            select p.one, p.other, count(*) as n from pairs p
            join baskets x on x.StockCode = p.one join baskets y on y.StockCode = p.other and y.InvoiceNo = x.InvoiceNo
            group by all
        )
        select sum(t.n) / sum(a.n * b.n / total.n)
        from pairs p left join together t using (one, other)
        join sold a on a.StockCode = p.one join sold b on b.StockCode = p.other, total
        """,
    )
    assert lift > 4


def test_few_products_make_much_of_the_sales(books: Books) -> None:
    share = number(
        books,
        """
        select sum(n) filter (place <= 84) / sum(n) from (
            select count(*) as n, row_number() over (order by count(*) desc) as place
            from lines where category is not null group by StockCode
        )
        """,
    )
    assert 0.4 < share < 0.8  # the first fifth of 420 products


@pytest.mark.parametrize(
    ("condition", "low", "high"),
    [("CustomerID is null", 0.15, 0.35), ("Country = 'United Kingdom'", 0.8, 0.92), ("StockCode = 'POST'", 0.01, 0.06)],
)
def test_guests_countries_and_postage_have_their_share_of_the_lines(
    books: Books, condition: str, low: float, high: float
) -> None:
    assert low < number(books, f"select avg(cast({condition} as int)) from lines") < high


def test_the_shop_is_quiet_at_night(books: Books) -> None:
    night = number(books, "select avg(cast(hour(cast(InvoiceDate as timestamp)) between 1 and 5 as int)) from lines")
    assert 0 < night < 0.02
