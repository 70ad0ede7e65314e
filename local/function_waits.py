"""Less waiting around Lambda functions than ministack 1.5.33 has."""

from ministack.core import lambda_runtime


def install() -> None:
    """Look for a function's last log lines for 3 ms, not for 50: a request took 56 ms, and takes 9."""
    first_line_wait, idle_confirm, hard_cap = 0.003, 0.002, 0.250
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (first_line_wait, idle_confirm, hard_cap)
