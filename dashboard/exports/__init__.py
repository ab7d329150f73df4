"""What people take away: tables, charts and maps as files, each saying what it shows, of when, and who made it."""
