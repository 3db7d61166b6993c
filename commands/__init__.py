"""What `regulars …` can do: a file for each noun. cli.py, the front door, puts them together."""
