"""The product as its users meet it: the real program in its own process, driven through Chromium and REST."""
