"""Projects: what is collected, by whom, under which guideline."""
