"""Builds the query encoder: all-MiniLM-L6-v2 as int8 ONNX, from its published weights, without torch."""
