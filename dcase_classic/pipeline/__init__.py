"""One function per verb of the command line."""
