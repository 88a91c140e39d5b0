"""lint against the real server: drawn configurations, each judged by both. `make oracle` runs it at length."""
