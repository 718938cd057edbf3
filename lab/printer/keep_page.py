"""What the printer does with a job: keeps the page under the job's name, and a line about it in jobs.jsonl.

Called by ippeveprinter with the document's path; the job's attributes are in IPP_* variables (ippeveprinter(8)).
"""

import json
import os
import re
import shutil
import struct
import sys
from pathlib import Path

folder = Path(os.environ["STATE_DIRECTORY"])
page = Path(sys.argv[1])
job = {name: os.environ.get(f"IPP_{name.upper()}", "") for name in ("job_id", "job_name", "date_time_at_creation")}
job["user"] = os.environ.get("IPP_JOB_ORIGINATING_USER_NAME", "")
job["file"] = f"{job['job_id']}-" + re.sub(r"[^\w.-]+", "_", job["job_name"])[:80] + page.suffix
job["bytes"] = page.stat().st_size
raster = page.read_bytes()[:36]
if raster.startswith(b"UNIRAST\0"):  # Apple raster: the first page's header tells its size in pixels and their density
    width, height, dots_per_inch = struct.unpack_from(">III", raster, 24)
    job["width_mm"], job["height_mm"] = (round(pixels * 25.4 / dots_per_inch) for pixels in (width, height))
shutil.copyfile(page, folder / job["file"])
with (folder / "jobs.jsonl").open("a", encoding="utf-8") as record:
    record.write(json.dumps(job, ensure_ascii=False) + "\n")
