"""What writes the generated parts of docs/: pictures of the architecture, tables."""
