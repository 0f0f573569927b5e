"""The benchmarks that asv runs on every commit: see asv.conf.json."""
