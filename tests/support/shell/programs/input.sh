read -r first
read -r second
echo "$# $1 $((first + second))"
