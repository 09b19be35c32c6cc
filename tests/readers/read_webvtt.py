"""webvtt-py: the cues of files. Run in the readers' environment: FILE… → JSON."""

import json
import sys

import webvtt

found = {}
for path in sys.argv[1:]:
    found[path.rpartition("/")[2]] = [
        {"id": cue.identifier, "start": cue.start, "end": cue.end, "text": cue.text} for cue in webvtt.read(path)
    ]
print(json.dumps(found))
