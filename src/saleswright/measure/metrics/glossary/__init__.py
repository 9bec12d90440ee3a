"""What do the words mean? Every term of the field in a sentence or two, with the metric, page or command that answers."""

from __future__ import annotations

from saleswright.measure.metrics.glossary.actions import define, glossary
from saleswright.measure.metrics.glossary.model import KIND, json_schema
from saleswright.measure.metrics.glossary.page import PAGES

ACTIONS = (glossary, define)
KINDS = {KIND: json_schema}

__all__ = ["ACTIONS", "KINDS", "PAGES", "define", "glossary"]
