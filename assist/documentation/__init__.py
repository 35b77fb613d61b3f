"""What a call comes to on paper: what it was about, what was given and promised, how it ended. Pure, from its words."""
