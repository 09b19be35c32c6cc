"""One file per interchange format, each with a writer and a reader."""
