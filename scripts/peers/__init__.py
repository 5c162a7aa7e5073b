"""What bench_peers.py measures this engine against: PyTorch, ONNX Runtime and the method's original program."""
