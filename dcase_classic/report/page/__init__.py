"""The page that shows results: one HTML file that opens from disk and loads nothing."""
