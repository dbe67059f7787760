"""The demo: real published tax decisions, from report to warning, correction and replay."""
