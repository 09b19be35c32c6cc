"""Videos as numbered pictures: probe, frame table, browser proxy, exact reader, thumbnails, cuts, rendered samples."""
