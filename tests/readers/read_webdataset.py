"""webdataset: the samples of tars, decoded by it. Run in the readers' environment: TAR… → JSON."""

import hashlib
import json
import sys

import webdataset

samples = []
for sample in webdataset.WebDataset(sys.argv[1:], shardshuffle=False).decode():
    clip = sample["mp4"]
    samples.append({"key": sample["__key__"], "json": sample["json"], "clip": hashlib.sha256(clip).hexdigest()})
print(json.dumps(samples))
