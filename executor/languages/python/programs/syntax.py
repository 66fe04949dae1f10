print("begun"
