"""Tables shipped with the program; every row names its source and the date it was looked up."""
