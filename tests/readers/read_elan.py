"""pympi-ling: tiers, annotations and media of .eaf files. Run in the readers' environment: FILE… → JSON."""

import json
import sys
import warnings

from pympi.Elan import Eaf

warnings.simplefilter("error")
found = {}
for path in sys.argv[1:]:
    eaf = Eaf(path)
    found[path.rpartition("/")[2]] = {
        "media": [dict(medium) for medium in eaf.get_linked_files()],
        "tiers": {
            name: [list(entry[:3]) for entry in sorted(eaf.get_annotation_data_for_tier(name))]
            for name in eaf.get_tier_names()
        },
        "slots": sorted(eaf.timeslots.values()),
    }
print(json.dumps(found))
