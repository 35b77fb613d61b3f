"""The author's bench: a menu walked through, tested, drawn and replayed without a telephone."""
