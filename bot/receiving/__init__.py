"""Updates coming in: stored, then acknowledged, then worked off one after another per chat."""
