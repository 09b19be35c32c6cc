"""One file per kind of task: which records it edits, how it starts, its rules, and who may do it."""
