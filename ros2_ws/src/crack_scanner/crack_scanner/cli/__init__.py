"""The command line: one verb a file, see `main` for what a verb file provides."""
