"""Adapters to heavy or outside things, loaded by name when used."""
