"""Checks on what people wrote and marked; rules that more than one kind of task, the import and the release share."""
