"""How the demo speech model is made: from text alone, by synthesisers, a small network and OpenFst. See README.md."""
