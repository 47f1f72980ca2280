"""txlint: the type checker for database transactions in Python."""

__version__ = "0.1.0"
