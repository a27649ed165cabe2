"""Training, calibration, evaluation and export of the networks; nothing of the service imports this."""
