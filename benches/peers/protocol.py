"""The Python end of the line protocol that worker/main.rs describes."""

import json
import sys


def serve(answer):
    """Answers each request, a line of JSON on stdin, by a line of JSON on stdout."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
