"""shopkit: the back office of an online shop on the command line."""

__version__ = "0.1.0"
