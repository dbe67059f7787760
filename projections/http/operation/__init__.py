"""How the service and the ledger do: health, readiness, latency, metrics of Prometheus."""
