"""The tests mirror the tree; contracts/ runs one suite on both sides of each seam, e2e/ drives Chromium."""
