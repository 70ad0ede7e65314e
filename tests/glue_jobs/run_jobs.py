"""Runs the job clean_sales for several messages in one Spark session: python run_jobs.py RUNS.json.

RUNS.json: a list of argument lists. Prints one line a run.
"""

import json
import sys
from pathlib import Path

from glue_jobs import clean_sales

for arguments in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
    sys.argv = ["clean_sales.py", *arguments]
    clean_sales.main()
