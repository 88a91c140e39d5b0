"""lint against the real server: drawn configurations, judged by both. `make oracle` runs it at length."""
