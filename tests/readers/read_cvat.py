"""datumaro: the boxes of a folder with CVAT XML files. Run in the readers' environment: FOLDER → JSON."""

import json
import sys

from datumaro.components.dataset import Dataset

data = Dataset.import_from(sys.argv[1], "cvat")
labels = data.categories()[next(iter(data.categories()))]
found = {}
for item in data:
    found[f"{item.subset}/{item.attributes['frame']}"] = [
        {"box": [box.x, box.y, box.w, box.h], "label": labels[box.label].name, **box.attributes}
        for box in item.annotations
    ]
print(json.dumps(found))
