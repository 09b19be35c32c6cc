"""From a release folder to the tensors of a training step."""
