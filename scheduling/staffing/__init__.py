"""How many agents the telephones need: formulas for what they describe, a simulation for what they do not."""
