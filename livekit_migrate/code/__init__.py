"""Reading and editing source text by position: .env and YAML."""
