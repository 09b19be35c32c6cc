"""Documents: what a task produces, saved edit by edit, checked, handed in, and what the next person sees of it."""
