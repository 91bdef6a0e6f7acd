"""Teaching the eyes anew: views, network, losses, protocol, export. Nothing outside this package imports torch."""
