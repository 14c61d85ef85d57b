"""Stands for the process that speaks with Ray: answers what it is told by a script. It imports nothing of ours.

The script is a JSON file: the events that answer "keep" and each command; {"exit": 1} ends it.
Every message is appended to the file beside it.
"""

import json
import sys
from pathlib import Path

script = Path(sys.argv[1])
print(json.dumps({"event": "connected"}), flush=True)
for line in sys.stdin:
    message = json.loads(line)
    with script.with_suffix(".heard").open("a") as heard:
        heard.write(line)
    answers = json.loads(script.read_text())
    what = "keep" if "keep" in message else message["tell"]["command"]
    for event in answers.get(what, []):
        if "exit" in event:
            print("the head has gone", flush=True)
            sys.exit(event["exit"])
        print(json.dumps({**event, "run": message["run"]}), flush=True)
