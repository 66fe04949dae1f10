raise ValueError("lone \udc80 surrogate and \x1b[31mred\x1b[0m text and \x07 bell")
