"""The link to Asterisk's manager interface (AMI): parsing, connection, snapshot, AGI commands, masking, recording."""
