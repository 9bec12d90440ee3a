"""The pages of the metric catalogue: the headline, the list, and one metric with its trend, split and left-out rows."""

from __future__ import annotations

from saleswright.kernel.chapter import Page
from saleswright.measure.metrics.pages.catalogue import home, kpis
from saleswright.measure.metrics.pages.metric import metric_page

PAGES = (
    Page("/", "How are we doing?", "home.html", home, "Measure", "Home", "home", 1),
    Page("/kpis", "Which numbers are there?", "kpis.html", kpis, "Measure", "KPIs", "kpis", 70),
    Page("/kpi/{metric}", "One number", "metric.html", metric_page),
)
