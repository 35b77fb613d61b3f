"""Who keeps to the telephone schedule: what was planned against what people really did. Pure."""
