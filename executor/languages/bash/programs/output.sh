yes more
