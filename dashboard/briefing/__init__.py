"""Briefings of a day, a week or a month: what they say, and the files that say it."""
