"""The sample company of a seed drawn at run time, shared with the tests of the scrub."""

from __future__ import annotations

from tests.measure.review.scrub.conftest import drawn

__all__ = ["drawn"]
