"""Phone coverage: who works here, who is on the phones now, and (later) who should be."""
