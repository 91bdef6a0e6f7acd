"""Records become findings: model cards, inference, evaluation with intervals. It pages nobody and moves nothing."""
