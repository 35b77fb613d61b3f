"""How many will call and how long the work takes: weeks ahead by queue and quarter hour, and again within the day."""
