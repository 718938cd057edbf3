"""Say the plan of a pull request in one comment of it, which is kept up to date. Standard library only.

Reads from the environment GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_TOKEN as the forge's runner sets them,
PULL_REQUEST (its number) and SUMMARY (Markdown).
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from typing import Any

MARK = "<!-- wardround plan -->"  # by this our own comment is found again
LIMIT = 65_536  # characters of a comment
PAGE = 100


def ask(path: str, method: str = "GET", body: str | None = None) -> Any:
    """One request to the forge about this repository; its JSON answer. Raises urllib.error.URLError."""
    request = urllib.request.Request(
        f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/{path}",
        method=method,
        data=None if body is None else json.dumps({"body": body}).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def ours(number: str) -> int | None:
    """The comment that an earlier run left, if any."""
    page = 1
    while True:
        found = ask(f"issues/{number}/comments?per_page={PAGE}&page={page}")
        for comment in found:
            if comment["body"].startswith(MARK) and comment["user"]["type"] == "Bot":
                return int(comment["id"])
        if len(found) < PAGE:
            return None
        page += 1


def text(summary: str) -> str:
    """The comment; what is too long for the forge is cut and says so."""
    whole = f"{MARK}\n{summary}"
    note = "\n\n… cut: the whole plan is what `make plan` prints."
    return whole if len(whole) <= LIMIT else whole[: LIMIT - len(note)] + note


def main() -> int:
    number = os.environ["PULL_REQUEST"]
    body = text(os.environ["SUMMARY"])
    try:
        known = ours(number)
        if known is None:
            ask(f"issues/{number}/comments", "POST", body)
        else:
            ask(f"issues/comments/{known}", "PATCH", body)
    except urllib.error.URLError as error:
        print(f"pull request {number}: the plan could not be put into a comment: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
