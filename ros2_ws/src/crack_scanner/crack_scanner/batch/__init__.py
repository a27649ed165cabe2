"""Many bags of many robots into one database: Dask's workers scan, one process writes."""
