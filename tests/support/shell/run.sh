# Waits for the go and becomes the program: arguments on descriptor 3, each ended by NUL.
printf 1 >&4
exec 4>&-
mapfile -d '' arguments <&3
exec 3<&-
exec /bin/bash /app/script.sh "${arguments[@]}"
