"""Pictures as SVG, made from values of the core; no script, no font, nothing from elsewhere."""
