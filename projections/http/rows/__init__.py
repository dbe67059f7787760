"""Rows of the one table of routes (`projections.http.routes`), as far as they stand apart."""
