"""Videos: from uploaded bytes to pictures that a browser can show exactly; segments with questions."""
