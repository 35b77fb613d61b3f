"""What helps an agent: words, topics, advice, the screen-pop and the call's documentation."""
