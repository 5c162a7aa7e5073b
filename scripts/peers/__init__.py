"""What bench_peers.py and bench_cuda.py measure this engine against: PyTorch, ONNX Runtime and the method's original program."""
