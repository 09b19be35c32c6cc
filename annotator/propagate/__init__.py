"""Propagation: from a person's prompts to a masklet over time, by SAM 2 or by optical flow without weights."""
