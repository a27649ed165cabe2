"""How fast the service is, against the bare network on the same tiles."""
