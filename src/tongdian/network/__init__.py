"""Where power and water go: places, feeders, transformers, usage points."""
