"""Eyes: insulators and their defects on photographs. Serving needs numpy, Pillow and ONNX Runtime; only `training` torch."""
