"""The Glue job that cleans large loads."""

from tradewind.aws.sales_job import delivery_number


def test_a_run_has_its_message_for_the_first_time_and_once_more_for_each_retry() -> None:
    assert delivery_number(["clean_sales.py", "--message", "x"]) == 1
    assert delivery_number(["clean_sales.py", "--JOB_RUN_ID", "jr_1f"]) == 1
    assert delivery_number(["clean_sales.py", "--JOB_RUN_ID", "jr_1f_attempt_2", "--message", "x"]) == 3
