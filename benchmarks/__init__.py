"""What the product costs, each figure beside its peer's of the same run. `python -m benchmarks`."""
