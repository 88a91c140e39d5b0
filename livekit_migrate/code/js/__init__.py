"""Reading and editing JavaScript and TypeScript: parse, scope, positions, splices."""
