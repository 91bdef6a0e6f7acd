"""New house (新场景), clause 四(零)."""
