"""Values as they are spoken: dates, money and numbers in every language of the menu."""
