"""Side-by-side measurements against peers, each a command: `python -m benchmarks.<name>`; `make bench` runs all."""
