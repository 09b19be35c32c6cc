"""label-studio-sdk: an interface and its tasks, checked by it. Run in the readers' environment: CONFIG TASKS → JSON.

Gives what the SDK's interface says of each task, and its own reading of the boxes on each frame.
"""

import json
import sys
from pathlib import Path

from label_studio_sdk._extensions.label_studio_tools.postprocessing.video import extract_key_frames
from label_studio_sdk.label_interface import LabelInterface

config, tasks = (Path(path).read_text("utf-8") for path in sys.argv[1:])
interface = LabelInterface(config)
interface.validate()
found = []
for task in json.loads(tasks):
    result = task["annotations"][0]["result"]
    frames = [
        [r["id"], [[f["frame"], f["x"], f["y"], f["width"], f["height"], f["time"]] for f in r["value"]["sequence"]]]
        for r in extract_key_frames(result)
        if r["type"] == "videorectangle"
    ]
    found.append(
        {
            # Its own check of annotations within a task forgets an argument: both are asked by themselves.
            "task": interface.validate_task({"data": task["data"]}),
            "faults": interface._validate_object(task["annotations"][0], return_errors=True),
            "data": task["data"],
            "frames": frames,
            "result": result,
        }
    )
print(json.dumps(found))
