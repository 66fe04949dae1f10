echo "Hello World"
