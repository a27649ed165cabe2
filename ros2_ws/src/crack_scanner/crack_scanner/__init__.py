"""crack_scanner: where the cracks of a concrete surface are, seen from a moving camera."""

__version__ = "0.1.0"
