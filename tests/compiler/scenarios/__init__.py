"""Scenarios: small programs that are run plainly and compiled, in one world each."""

from .crossed import all_crossed

ALL = [*all_crossed()]
