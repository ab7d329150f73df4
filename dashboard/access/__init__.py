"""Who is asking, and by which door."""
