"""Records become findings: conductors and clearances from point clouds, insulators and defects from photographs."""
