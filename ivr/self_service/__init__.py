"""What verified members can have done without an agent: each service one file, all declared alike."""
