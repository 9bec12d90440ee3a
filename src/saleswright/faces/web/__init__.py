"""The browser's face: server-rendered pages, drawers and charts over the registry. It knows no chapter."""
