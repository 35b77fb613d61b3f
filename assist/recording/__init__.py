"""A call's sound as it is kept: both sides in one file, encrypted, without what nobody may hear again."""
