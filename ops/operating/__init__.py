"""What operators need beside the product: alert rules, runbooks, dashboards, manifests."""
