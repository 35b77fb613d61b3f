"""Days of calls, drawn by chance and served call by call: for what no formula covers."""
