"""What is kept: members, agents, contacts, and the adapters that bring them."""
