sum=0
while read -r number; do
    ((sum += number))
done
printf '%s\n' "$sum" "$0" "$@"
