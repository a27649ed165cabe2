"""The crack segmenter: drawn cracks with exact masks, network, training, export and measures."""
