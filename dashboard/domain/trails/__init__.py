"""What a worker's track says: which fixes are sound, where he rested, how far he walked, when he was away.

Everything here is arithmetic on columns of fixes; raw fixes are read elsewhere and never changed.
"""
