"""Reviews: a person's verdict on what others handed in."""
