"""Reading spreadsheets of other systems: files, cells, and what was refused of them."""
