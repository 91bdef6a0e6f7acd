"""Lines and plans kept by a home; what plans and proves them stands in `decide.plan`."""
