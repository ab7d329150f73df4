"""The tables and triggers of the first migration, by subject: SQL alone, carried out by `versions/0001_first`."""
