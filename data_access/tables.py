"""The tables"""
from sqlalchemy import MetaData
METADATA = MetaData()
