"""The figures of a report, each a Vega-Lite chart with the numbers that it shows."""
