"""Where a running scan can be watched, by the name that `--view` gives it."""

NONE, WINDOW, BROWSER, FILE_SUFFIX = "none", "rerun", "rerun-web", ".rrd"
