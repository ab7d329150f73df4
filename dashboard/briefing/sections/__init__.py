"""The sections of a briefing: each module drafts one of them from the facts, and reads nothing itself."""
