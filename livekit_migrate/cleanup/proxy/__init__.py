"""Routes of reverse proxies that lead to what goes: one module per proxy, found by what it reads."""
